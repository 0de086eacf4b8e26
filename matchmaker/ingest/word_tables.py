"""Tables of a Word document (docx): each is a sheet, whether it is a list or one form."""

from pathlib import Path
from zipfile import ZipFile

from matchmaker.ingest.markup import number, read_member
from matchmaker.ingest.sheets import MOST_TABLES, Grid, Sheet, too_large

# Boxes that Word writes as characters of a symbol font.
_SYMBOLS = {
    ("wingdings", "f0fe"): "☑",
    ("wingdings", "f0fd"): "☒",
    ("wingdings", "f0fc"): "✓",
    ("wingdings", "f0a8"): "□",
    ("wingdings", "f06f"): "□",
    ("wingdings 2", "f052"): "☑",
    ("wingdings 2", "f051"): "☒",
    ("wingdings 2", "f050"): "✓",
    ("wingdings 2", "f0a3"): "□",
}
_MOST_SPANNED = 100


def word_sheets(path: Path) -> list[Sheet]:
    """The tables of the document in order. Raises UnreadableFile, MarkupError, zip errors."""
    document = _Document(path)
    with ZipFile(path) as archive:
        read_member(path, archive, "word/document.xml", document)
    return document.sheets


class _Table:
    """A table that is being read: where its cell begins, how far it reaches, what is in it."""

    def __init__(self, path: Path) -> None:
        self.grid = Grid(path)
        self.cell = ""
        self.span = 1
        # Of a cell merged downwards only the first one has a text: the others stay blank.
        self.continues = False


class _Document:
    """What the handler keeps of a document: its tables, the inner one of two as a table of its own."""

    def __init__(self, path: Path) -> None:
        self.sheets: list[Sheet] = []
        self._path = path
        self._open: list[_Table] = []
        self._is_text = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "tbl":
            if len(self.sheets) >= MOST_TABLES:
                raise too_large(self._path)
            self._open.append(_Table(self._path))
            return
        if not self._open:
            return
        table = self._open[-1]
        match name:
            case "tr":
                table.grid.begin_row()
            case "gridBefore":
                table.grid.column += number(attributes.get("val"), _MOST_SPANNED) or 0
            case "tc":
                table.cell, table.span, table.continues = "", 1, False
            case "gridSpan":
                table.span = number(attributes.get("val"), _MOST_SPANNED) or 1
            case "vMerge":
                table.continues = attributes.get("val", "continue") == "continue"
            case "t":
                self._is_text = True
            case "tab":
                table.cell += " "
            case "br" | "cr":
                table.cell += "\n"
            case "sym":
                font, character = attributes.get("font", "").lower(), attributes.get("char", "").lower()
                table.cell += _SYMBOLS.get((font, character), "")

    def end(self, name: str) -> None:
        self._is_text = self._is_text and name != "t"
        if not self._open:
            return
        table = self._open[-1]
        if name == "p":
            table.cell += "\n"
        elif name == "tc":
            table.grid.put("" if table.continues else table.cell.strip(), right=table.span - 1)
        elif name == "tbl":
            self._open.pop()
            self.sheets.append(table.grid.sheet(f"表格{len(self.sheets) + 1}"))

    def text(self, text: str) -> None:
        if self._is_text and self._open:
            self._open[-1].cell += text
