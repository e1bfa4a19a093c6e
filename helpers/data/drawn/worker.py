"""One drawing process: started by `processes` as a script, it writes records to its output.

A script of its own, since `multiprocessing` would run the reader's script again (spawn) or
copy a process with running threads (fork). It never imports torch.

    python worker.py part count size seed first step
"""

import sys
from pathlib import Path
from types import ModuleType


def main(part: str, count: str, size: str, seed: str, first: str, step: str) -> None:
    """Write the part's rows first, first + step, ... as bytes: image, mask, boxes."""
    _find_helpers()
    from helpers.data.drawn import rendering

    rows = range(int(first), int(count) * len(rendering.KINDS), int(step))
    for record in rendering.records(part, int(count), int(size), int(seed), rows):
        for array in record:
            sys.stdout.buffer.write(array.tobytes())
        sys.stdout.buffer.flush()


def _find_helpers() -> None:
    """Make `helpers.data.drawn` importable without `helpers.data` itself, which imports torch."""
    root = Path(__file__).resolve().parents[3]
    sys.path.insert(0, str(root))
    data = ModuleType("helpers.data")
    data.__path__ = [str(root / "helpers" / "data")]
    sys.modules["helpers.data"] = data


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (BrokenPipeError, KeyboardInterrupt):
        sys.stderr.close()  # the reader has gone: nobody is left to be told
