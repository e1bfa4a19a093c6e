"""The library's real source for a page, with the imports that let the cell run by itself.

The file is parsed, not imported: it is quick, and needs no torch.
"""

import ast
import textwrap
from pathlib import Path

from tools.project import ROOT, Problem, shown

Definition = ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign


def source(dotted: str, root: Path = ROOT) -> str:
    """Imports, a blank line, and the source of `helpers.module.Name` or `….Class.method`.

    Raises: Problem where no file or no such name is found.
    """
    path, names = find_file(dotted, root)
    text = path.read_text("utf-8")
    module = ast.parse(text)
    node = find_name(module, names, dotted, path)
    package = dotted.split(".")[: -len(names)]
    if path.name == "__init__.py":
        package.append("__init__")
    needed = imports(module, node, package)
    return "\n".join(needed) + "\n\n\n" * bool(needed) + lines_of(text, node)


def find_file(dotted: str, root: Path) -> tuple[Path, list[str]]:
    """The module's file, and what follows the module in the dotted name."""
    parts = dotted.split(".")
    for end in range(len(parts) - 1, 0, -1):
        stem = root.joinpath(*parts[:end])
        for path in (stem.with_suffix(".py"), stem / "__init__.py"):
            if path.is_file():
                return path, parts[end:]
    raise Problem(f"inline: {dotted}: no such module below {root}; write helpers.module.Name")


def find_name(module: ast.Module, names: list[str], dotted: str, path: Path) -> Definition:
    """The definition that the names lead to, class by class."""
    node: ast.AST = module
    for name in names:
        found = [child for child in ast.iter_child_nodes(node) if name in defined(child)]
        if not found:
            raise Problem(f"inline: {dotted}: {shown(path)} defines no {name}")
        node = found[-1]
    return node


def defined(node: ast.AST) -> set[str]:
    """The names that a statement defines itself (an import defines none here)."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def lines_of(text: str, node: Definition) -> str:
    """The definition's own lines, decorators and comments inside included, dedented."""
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
    return textwrap.dedent("\n".join(text.splitlines()[first - 1 : node.end_lineno]))


def imports(module: ast.Module, node: Definition, package: list[str]) -> list[str]:
    """Import lines for each name that the definition takes from its module."""
    used = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)} - defined(node)
    lines, own = [], []
    for statement in module.body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            lines += narrowed(statement, used, package)
        elif statement is not node:
            own += sorted(defined(statement) & used)
    if own:
        lines.append(
            f"from {'.'.join(p for p in package if p != '__init__')} import {', '.join(own)}"
        )
    return lines


def narrowed(
    statement: ast.Import | ast.ImportFrom, used: set[str], package: list[str]
) -> list[str]:
    """The import statement with only the used names, made absolute."""
    names = [a for a in statement.names if (a.asname or a.name).split(".")[0] in used]
    if not names:
        return []
    if isinstance(statement, ast.Import):
        return [ast.unparse(ast.Import(names))]
    base = package[: len(package) - statement.level] if statement.level else []
    origin = ".".join([*base, *([statement.module] if statement.module else [])])
    return [ast.unparse(ast.ImportFrom(origin, names, 0))]
