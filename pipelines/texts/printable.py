"""The words of strangers, made fit for a terminal or a pipe."""

CELL = 200


def typed(text: str, longest: int = CELL) -> str:
    """What a stranger typed into a form, in one line that is not too long and without a word to the terminal."""
    line = printable(text)
    return line if len(line) <= longest else line[: longest - 1] + "…"


def printable(text: str) -> str:
    """The text in one line, without a word to the terminal."""
    letters = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(letters.split())
