"""Delimited text as spreadsheets and CRMs write it: what a file is encoded in and separated by, and its records."""

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from sources.errors import Mistaken

# the largest that every platform takes; Python's own limit is 131,072 letters, and notes and addresses can be longer
csv.field_size_limit(2**31 - 1)

# UTF-32 first: its mark begins with that of UTF-16
MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
# how much of a text of leads is ASCII at least: its addresses, numbers and separators
ASCII_SHARE = 0.25

# how files begin that are something else, under any name; what that is, and what to do
SAVE = "open it, and save the sheet with the leads as CSV UTF-8"
EXPORT = "export the leads as CSV"
FOREIGN = (
    (re.compile(rb"PK\x03\x04(?=.*xl/)", re.DOTALL), "an Excel workbook (XLSX)", SAVE),
    (re.compile(rb"PK\x03\x04(?=.{0,200}opendocument)", re.DOTALL), "an OpenDocument file (ODS)", SAVE),
    (re.compile(rb"PK\x03\x04"), "a ZIP archive, as Excel workbooks (XLSX) are", f"unpack it, or {SAVE}"),
    (re.compile(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "an Excel workbook (XLS)", SAVE),
    (re.compile(rb"\x1f\x8b"), "compressed (GZIP)", "unpack it first"),
    (re.compile(rb"%PDF-"), "a PDF document", EXPORT),
    (re.compile(rb"PAR1"), "a Parquet file", EXPORT),
    (re.compile(rb"SQLite format 3\0"), "a database (SQLite)", EXPORT),
)
FOREIGN_TEXT = (
    (re.compile(r"\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html|head|body|meta|table|div|script|style)\b", re.I),
     "an HTML page", "open it in a spreadsheet, and save it as CSV UTF-8; a page of the CRM is no export of it"),
    (re.compile(r"\s*<(?:\?xml|!--|!doctype)", re.I), "an XML document", SAVE),
    (re.compile(r'\s*(?:\{\s*"|\[\s*[{\["])'), "a JSON document", EXPORT),
    (re.compile(r"\s*\{\\rtf"), "an RTF document", SAVE),
    (re.compile(r"\s*BEGIN:VCARD", re.I), "a vCard file", EXPORT),
)  # fmt: skip

# white space, and what takes no room: marks of direction, of order and of joining
INVISIBLE = "".join(
    chr(code)
    for codes in (
        *(range(0x09, 0x0E), range(0x1C, 0x21), (0x85, 0xA0, 0xAD, 0x1680, 0x3000, 0xFEFF)),
        *(range(0x2000, 0x2010), range(0x2028, 0x2030), range(0x205F, 0x206A)),
    )
    for code in codes
)
# a cell that is to stay text in a spreadsheet
FORMULA = re.compile(r'="(.*)"', re.DOTALL)
GUARDED = re.compile(r"'(?=[=+@-])")

SEPARATORS = ",;\t|"
BLANK_LINES = r"(?:[^\S\r\n]*(?:\r\n?|\n))*"
LINE_END = re.compile(r"\r\n?|\n")
# Excel's own way to name the separator, alone in its line but for empty cells
STATED = re.compile(rf'{BLANK_LINES} *"?sep=([^"\r\n])"?[,;\t| ]*(?:\r\n?|\n|$)', re.IGNORECASE)
FIRST_RECORD = re.compile(rf'{BLANK_LINES}((?:[^"\r\n]|"[^"]*"?)*)')

Record = tuple[int, list[str]]
Problem = tuple[int, str]


class FileError(Mistaken):
    """The file cannot be imported as it is; names line and column, and what would be right.

    `notes` are what could not be read of lines that would have been taken.
    """

    def __init__(self, sentence: str, notes: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.notes = notes


@dataclass
class Delimited:
    """The records of a file that are not blank, and lines that are none, both with the number of their first line.

    `encoding` says what the file is read as where that is not UTF-8.
    """

    encoding: str | None
    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_delimited(file: Path) -> Delimited:
    """The records of a file, its cells trimmed. Raises FileError where it is no delimited text."""
    text, encoding = _text(file)
    found = Delimited(encoding)
    for number, record in _records(text):
        if isinstance(record, str):
            found.problems.append((number, record))
        elif any(record):
            found.records.append((number, record))
    return found


def _records(text: str) -> Iterator[tuple[int, list[str] | str]]:
    """Each record, or what is wrong with a line, with the number of its first line."""
    delimiter = _delimiter(text)
    skipped = 0
    if stated := STATED.match(text):
        delimiter, text = stated[1], text[stated.end() :]
        skipped = len(LINE_END.findall(stated[0]))
    # strict: a quotation mark out of place would move all that follows into one cell
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    start = skipped + 1
    while True:
        try:
            yield start, [_cell(cell) for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            what = "check the quotation marks of this line"
            if "unexpected end" in str(error):
                what = "a quotation mark of this line is never closed, so that no line after it can be read"
            yield start, f"line {start}: {error} ({what})"
        start = reader.line_num + skipped + 1


def _cell(text: str) -> str:
    """A cell without what surrounds it: white space, and what keeps a spreadsheet from reading it as a number."""
    text = text.strip(INVISIBLE)
    if formula := FORMULA.fullmatch(text):
        text = formula[1].replace('""', '"').strip(INVISIBLE)
    return GUARDED.sub("", text, count=1) if text[:1] == "'" else text


def _delimiter(text: str) -> str:
    """That which the first line has most of, outside quotation marks."""
    first = FIRST_RECORD.match(text)
    line = re.sub(r'"[^"]*"', "", first[1] if first else "")
    return max(SEPARATORS, key=line.count)


def _text(file: Path) -> tuple[str, str | None]:
    """The text of the file, and the encoding that it is read as where that is not UTF-8."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise FileError(f"{file}: it cannot be read ({error.strerror}).") from error
    for form, what, advice in FOREIGN:
        if form.match(content):
            raise FileError(f"{file}: it is {what}, and no CSV file; {advice}.")
    text, encoding = _decoded(file, content)
    # a second mark is left by programs that add one to what has one
    text = text.lstrip("\ufeff")
    for words, what, advice in FOREIGN_TEXT:
        if words.match(text):
            raise FileError(f"{file}: it is {what}, and no CSV file; {advice}.")
    if "\0" in text:
        line = len(LINE_END.findall(text[: text.index("\0")])) + 1
        raise FileError(f"{file}, line {line}: it is no text (it has zero bytes). Save it as UTF-8 (Excel: CSV UTF-8).")
    return text, encoding


def _decoded(file: Path, content: bytes) -> tuple[str, str | None]:
    for mark, encoding in MARKS:
        if content.startswith(mark):
            try:
                return content.decode(encoding), encoding
            except UnicodeDecodeError as error:
                raise FileError(
                    f"{file}: it begins as {encoding} text and is none ({error.reason}). Export it again, or save it"
                    " as UTF-8 (Excel: CSV UTF-8)."
                ) from error
    if b"\0" in content and (unmarked := _unmarked(content)) is not None:
        return unmarked, "UTF-16 without a byte order mark"
    try:
        return content.decode("utf-8-sig"), None
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252"), "Windows-1252, since it is not UTF-8"
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, place = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        raise FileError(
            f"{file}, line {line}, byte {place}: it is neither UTF-8 nor Windows-1252 text. Save it as UTF-8 (Excel:"
            " CSV UTF-8)."
        ) from error


def _unmarked(content: bytes) -> str | None:
    """The text of UTF-16 without a byte order mark, in the order that has more of ASCII; None when it is no such."""
    texts = []
    for encoding in ("utf-16-le", "utf-16-be"):
        try:
            texts.append(content.decode(encoding))
        except UnicodeDecodeError:
            continue
    ascii_counts = {text: len(text.encode("ascii", "ignore")) for text in texts if "\0" not in text}
    likely = max(ascii_counts, key=lambda text: ascii_counts[text], default=None)
    return likely if likely is not None and ascii_counts[likely] >= ASCII_SHARE * len(likely) else None
