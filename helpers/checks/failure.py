"""What a check says when an answer is not right yet."""


class Wrong(Exception):
    """One finding about an answer, as short lines: what was asked, expected, got, where, why.

    Args:
        got: What came, as a sentence or a value.
        asked: The call that was made.
        expected: What should have come.
        where: Which axis, layer or position differs first.
        cause: A likely cause, which names the idea and not the code.
    """

    def __init__(self, *, got: str, asked="", expected="", where="", cause=""):
        super().__init__(got)
        self.lines = {
            "asked": asked,
            "expected": expected,
            "got": got,
            "where": where,
            "likely cause": cause,
        }


class CheckFailed(AssertionError):
    """An answer is not right yet; the text is written for the student."""

    def _render_traceback_(self) -> list[str]:
        """The text alone: Jupyter calls this instead of printing a stack of our own frames."""
        return str(self).splitlines()


def failed(exercise: str, part: str, wrong: Wrong, right: list[str], read: str) -> CheckFailed:
    """The student's message: the exercise and part, then one labelled line for each thing known."""
    lines = {**wrong.lines, "right so far": ", ".join(right), "read": read}
    width = max(len(label) for label, text in lines.items() if text) + 1
    body = [f"  {label + ':':<{width}} {text}" for label, text in lines.items() if text]
    return CheckFailed("\n".join([f"{exercise}: not right yet, in the part '{part}'.", *body]))
