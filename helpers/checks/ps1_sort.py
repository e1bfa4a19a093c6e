"""ps1-sort: file names into classes by a devkit whose numbers are in no order.

Replies are compared as numbers: for each synset the positions of its names in the list that was
handed over. A usual mistake is the right answer to another kit.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from helpers.checks.compare import kind_of, no_return, require_unchanged
from helpers.checks.draws import Draws
from helpers.checks.exercise import Exercise, Part
from helpers.checks.failure import Wrong
from helpers.checks.oracle import Ask, Oracle
from helpers.checks.protocol import Answer

ABSENT = [-1]  # in place of positions: the result has no such key
Rows = list[list[int]]


@dataclass(frozen=True)
class Kit:
    """The arguments of one call, in its order."""

    names: list[str]
    truth: list[int]
    synsets: list[tuple[int, str, int]]

    def __str__(self) -> str:
        return (
            f"sort_pictures(names, truth, synsets) with {len(self.names)} names, the first "
            f"{self.names[0]}, truth = {self.truth} and synsets = {self.synsets}"
        )

    @property
    def leaves(self) -> list[str]:
        """In the order of the table."""
        return [wnid for _, wnid, children in self.synsets if not children]


def ask(kit: Kit) -> Ask:
    return lambda answer: positions(answer.call(kit.names, kit.truth, kit.synsets), kit)


def positions(result: Any, kit: Kit) -> Rows:
    """The result as numbers, in the order of the table. Raises Wrong where it is no such thing."""
    asked = str(kit)
    if type(result) is not dict or not all(type(key) is str for key in result):
        raise Wrong(
            asked=asked,
            expected="a plain dictionary, {wnid: [names]}",
            got=kind_of(result),
            cause=no_return(result) or "its keys are strings; dict(...) makes it plain",
        )
    wnids = [wnid for _, wnid, _ in kit.synsets]
    for wnid, names in result.items():
        if wnid not in wnids:
            raise Wrong(asked=asked, expected="WordNet ids of the table", got=f"the key {wnid!r}")
        if type(names) not in (list, tuple):
            raise Wrong(asked=asked, expected="a list of names for each", got=kind_of(names))
        for name in names:
            if not isinstance(name, str) or name not in kit.names:
                raise Wrong(asked=asked, expected="names that were given", got=repr(name))
    return [[*map(kit.names.index, result[wnid])] if wnid in result else ABSENT for wnid in wnids]


def renumbered(wnids: list[str]) -> list[tuple[int, str, int]]:
    return [(number, wnid, 0) for number, wnid in enumerate(wnids, start=1)]


def truth_along(kit: Kit, names: list[str]) -> list[int]:
    """A truth that gives the k-th of the names the k-th line."""
    truth = list(kit.truth)
    for name, line in zip(names, kit.truth, strict=False):
        truth[number_of(name) - 1] = line
    return truth


def number_of(name: str) -> int:
    return int(name.rpartition("_")[2].partition(".")[0])


def again(kit: Kit, synsets: list[tuple[int, str, int]]) -> list[tuple[int, str, int]]:
    """Other numbers for the leaves, in the rows where they stand."""
    numbers = {wnid: number for number, wnid, _ in synsets}
    return [(numbers.get(wnid, number), wnid, children) for number, wnid, children in kit.synsets]


MISTAKES: dict[str, tuple[Callable[[Kit], Kit], str]] = {
    "by place": (
        lambda kit: replace(kit, synsets=again(kit, renumbered(kit.leaves))),
        "a class is found by its place in the table; its number in the first column counts",
    ),
    "by sorted ids": (
        lambda kit: replace(kit, synsets=again(kit, renumbered(sorted(kit.leaves)))),
        "the numbers are taken for the order of sorted WordNet ids: that is how networks count, "
        "and not how the devkit does",
    ),
    "one line late": (
        lambda kit: replace(kit, truth=[*kit.truth[1:], kit.truth[0]]),
        "line 1 of the truth belongs to picture 1: here each picture gets the next line",
    ),
    "one line early": (
        lambda kit: replace(kit, truth=[kit.truth[-1], *kit.truth[:-1]]),
        "line 1 of the truth belongs to picture 1: here each picture gets the line before its own",
    ),
    "as listed": (
        lambda kit: replace(kit, truth=truth_along(kit, kit.names)),
        "the k-th name of the list gets line k; the number in the name says which line is its own",
    ),
    "as sorted": (
        lambda kit: replace(kit, truth=truth_along(kit, sorted(kit.names))),
        "names are counted off along the truth, and a missing picture moves all that follow",
    ),
}


def compare(answer: Answer, oracle: Oracle, kit: Kit) -> None:
    """One kit against the oracle, with a cause where the mistake is a known one."""
    expected = oracle("rows", ask(kit))
    known = {cause: oracle(name, ask(other(kit))) for name, (other, cause) in MISTAKES.items()}
    got = ask(kit)(answer)
    wrong = [i for i, row in enumerate(got) if row != expected[i]]
    if wrong:
        first = wrong[0]
        wnid = kit.synsets[first][1]
        raise Wrong(
            asked=str(kit),
            expected=shown(wnid, expected[first], kit),
            got=shown(wnid, got[first], kit),
            where=f"{len(wrong)} of {len(got)} synsets differ",
            cause=by_rows(got, expected) or by_mistake(got, known),
        )


def shown(wnid: str, row: list[int], kit: Kit) -> str:
    if row == ABSENT:
        return f"no key {wnid}"
    return f"{wnid}: {[kit.names[position] for position in row]}"


def contents(rows: Rows) -> Rows:
    """The same without order, an absent key as an empty one."""
    return [[] if row == ABSENT else sorted(row) for row in rows]


def by_mistake(got: Rows, known: dict[str, Rows]) -> str:
    return next((text for text, rows in known.items() if contents(rows) == contents(got)), "")


def by_rows(got: Rows, expected: Rows) -> str:
    """A cause where every name is in the right class."""
    if contents(got) != contents(expected):
        return ""
    if any(row == [] and other == ABSENT for row, other in zip(got, expected, strict=True)):
        return "a synset with children is no class; its last column says so"
    if any(row == ABSENT and other == [] for row, other in zip(got, expected, strict=True)):
        return "a class without pictures is a class too: its list is empty"
    return "the names of a class stand in another order than that of their numbers"


def permuted(items: list, draws: Draws) -> list:
    keys = draws.tensor(len(items)).tolist()
    return [item for _, item in sorted(zip(keys, items, strict=True))]


def draw(draws: Draws, *, inner: int = 0, empty: int = 0, missing: bool = False) -> Kit:
    """Five classes, eleven pictures; their numbers, the table and what is asked for in no order."""
    classes, pictures = 5, 11
    first = draws.integer(1_000_000, 2_000_000)
    wnids = permuted([f"n{first + 7919 * k:08d}" for k in range(classes + inner)], draws)
    numbered = enumerate(wnids, start=1)
    synsets = [(n, wnid, 0 if n <= classes else draws.integer(1, 9)) for n, wnid in numbered]
    filled = classes - empty
    truth = permuted([k % filled + 1 for k in range(pictures)], draws)
    names = [f"ILSVRC2012_val_{k:08d}.JPEG" for k in range(1, pictures + 1)]
    if missing:
        names = permuted([name for name in names if number_of(name) not in (4, pictures)], draws)
        names = names[::-1] if in_order(names, truth) else names
    return Kit(names, truth, permuted(synsets, draws))


def in_order(names: list[str], truth: list[int]) -> bool:
    """Whether the names of each class stand in the order of their numbers."""
    numbers = [number_of(name) for name in names]
    of_class = [[n for n in numbers if truth[n - 1] == k] for k in set(truth)]
    return all(found == sorted(found) for found in of_class)


def drawn(**how: Any) -> Part:
    """A part that compares one kit."""

    def part(answer: Answer, oracle: Oracle, draws: Draws) -> None:
        compare(answer, oracle, draw(draws, **how))

    return part


def refused(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """A line of the truth with the number of a synset with children, or with none of the table."""
    for what, number in (("a synset that has children", 6), ("no row of the table", 99)):
        kit = draw(draws, inner=1)
        kit = replace(kit, truth=[*kit.truth[:5], number, *kit.truth[6:]])
        try:
            came = kind_of(answer.call(kit.names, kit.truth, kit.synsets))
        except Wrong as wrong:
            came = wrong.lines["got"]
        if not came.startswith("ValueError"):
            raise Wrong(
                asked=str(kit),
                expected=f"a ValueError: line 6 of the truth is {number}, {what}",
                got=came,
                cause="a picture whose class is not known must stop the sorting, with a sentence",
            )


def unchanged(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    kit = draw(draws, missing=True)
    require_unchanged(answer, str(kit), names=kit.names, truth=kit.truth, synsets=kit.synsets)


EXERCISE = Exercise(
    "sort_pictures(names, truth, synsets)",
    {
        "numbers of the map": drawn(),
        "names in any order, two missing": drawn(missing=True),
        "leaf synsets only": drawn(inner=3),
        "a class without pictures": drawn(empty=1),
        "a truth that is no class": refused,
        "arguments unchanged": unchanged,
    },
    {
        "numbers of the map": 40,
        "names in any order, two missing": 25,
        "leaf synsets only": 15,
        "a class without pictures": 10,
        "a truth that is no class": 10,
    },
)
