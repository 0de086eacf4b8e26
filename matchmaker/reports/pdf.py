"""The finished Word document as PDF: its paragraphs, tables and pictures set anew by typst on A4.

Made from the .docx and not from the facts, so that an edited template shows in both. PDF/A-2u where every character has
a glyph: the form archives ask for, and one that cannot hold an empty box in place of a character.
"""

import logging
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Length
from docx.styles.style import ParagraphStyle
from docx.table import Table
from docx.text.paragraph import Paragraph
from docx.text.run import Run
from lxml.etree import LxmlError

from matchmaker.errors import UnreadableFile
from matchmaker.reports.fonts import chinese_font

_ALIGNED: dict[WD_ALIGN_PARAGRAPH | None, str] = {
    WD_ALIGN_PARAGRAPH.CENTER: "center",
    WD_ALIGN_PARAGRAPH.RIGHT: "right",
}
_SMALL, _BODY = 10.5, 12.0
log = logging.getLogger(__name__)

# Rows of two lines included, so many take less than the height of an A4 page.
_ROWS_TOGETHER = 20
_EMU_PER_POINT = 12700


def pdf_of(word: bytes) -> bytes:
    """The document as PDF. Raises ToolNotInstalled without a Chinese font, UnreadableFile for what typst cannot set."""
    import typst

    family = chinese_font()
    with TemporaryDirectory(prefix="matchmaker-report-") as folder:
        source = Path(folder) / "report.typ"
        try:
            source.write_text(_Markup(word, Path(folder), family).text(), "utf-8")
            try:
                return typst.compile(str(source), root=folder, pdf_standards="a-2u")
            except typst.TypstError:
                # A character no installed font has, in a title from elsewhere: better a box there than no document.
                return typst.compile(str(source), root=folder)
        except (typst.TypstError, LxmlError, LookupError, ValueError, AttributeError) as error:
            # An office's template may hold whatever Word can draw: a damaged picture, a document without sections.
            log.warning("report not set as PDF: %s", type(error).__name__)
            raise UnreadableFile("PDF 没有生成：报告模板里有不能排版的内容", "请在 Word 中把报告另存为 PDF") from None


class _Markup:
    """Typst markup of a Word document; pictures are written beside it."""

    def __init__(self, word: bytes, folder: Path, family: str) -> None:
        import io

        self._document = Document(io.BytesIO(word))
        self._folder = folder
        self._family = family
        self._pictures = 0

    def text(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        section = self._document.sections[0]
        yield _page(section)
        yield f'#set document(title: "{_escaped(self._document.core_properties.title or "报告")}")'
        yield f'#set text(font: "{self._family}", lang: "zh", region: "cn", size: {_BODY}pt)'
        yield "#set par(leading: 0.9em, spacing: 0.9em, justify: true)"
        yield "#set table(stroke: 0.5pt, inset: 5pt)"
        for block in self._document.iter_inner_content():
            yield self._paragraph(block) if isinstance(block, Paragraph) else self._table(block)

    def _paragraph(self, paragraph: Paragraph) -> str:
        content = "".join(self._runs(paragraph))
        if not content:
            return "#v(0.4em)"
        style = (paragraph.style.name or "") if paragraph.style is not None else ""
        if style == "Title":
            return f'#align(center, text(size: 20pt, weight: "bold")[{content}])\n#v(0.6em)'
        if style.startswith("Heading"):
            level = min(int(style[-1]), 3) if style[-1].isdecimal() else 1
            return f'#block(sticky: true, above: 1.4em, below: 0.9em, text(size: {17 - 2 * level}pt, weight: "bold")[{content}])'
        if style == "Caption":
            # A caption stays with the table it stands above; one that says otherwise stands below a picture.
            sticky = "false" if paragraph.paragraph_format.keep_with_next is False else "true"
            return (
                f"#block(sticky: {sticky}, width: 100%, above: 1em, align(center, text(size: {_SMALL}pt)[{content}]))"
            )
        if style.startswith("List"):
            return f"#list[{content}]"
        if aligned := _ALIGNED.get(_alignment(paragraph)):
            return f"#align({aligned})[{content}]"
        # An explicit space: typst indents no first paragraph of its own accord.
        indent = "#h(2em)" if _indent(paragraph) else ""
        return f"#par[{indent}{content}]"

    def _runs(self, paragraph: Paragraph) -> Iterator[str]:
        for part in paragraph.iter_inner_content():
            for run in part.runs if not isinstance(part, Run) else (part,):
                yield from self._images(run)
                if run.text:
                    words = "#linebreak()".join(f'#"{_escaped(line)}"' for line in run.text.split("\n"))
                    yield f"#strong[{words}]" if run.bold else words

    def _images(self, run: Run) -> Iterator[str]:
        for drawing in run._r.iter(qn("w:drawing")):
            extent = next(drawing.iter(qn("wp:extent")), None)
            for blip in drawing.iter(qn("a:blip")):
                part = run.part.related_parts.get(blip.get(qn("r:embed"), ""))
                suffix = Path(str(part.partname)).suffix if part is not None else ""
                if part is None or suffix.lower() not in (".png", ".jpg", ".jpeg", ".gif"):
                    continue
                self._pictures += 1
                name = f"picture-{self._pictures}{suffix}"
                (self._folder / name).write_bytes(part.blob)
                width = f"{int(extent.get('cx', 0)) / _EMU_PER_POINT:.1f}pt" if extent is not None else "100%"
                yield f'#box(image("{name}", width: {width}))'

    def _table(self, table: Table) -> str:
        widths = ", ".join(f"{(column.width or Length(1)).pt:.0f}fr" for column in table.columns) or "1fr"
        rows = [self._row(table, number) for number in range(len(table.rows))]
        # The first row comes again on every page.
        head = f"table.header({rows[0]})" if rows else ""
        body = ", ".join(one for one in (head, *rows[1:]) if one)
        set_as = f"#set text(size: {_SMALL}pt)\n#set par(justify: false)\n#table(columns: ({widths},), {body})"
        # As Word does: a table whose rows keep with the next is divided only if no page could hold it.
        kept = bool(rows) and table.rows[0].cells[0].paragraphs[0].paragraph_format.keep_with_next
        breakable = "false" if kept and len(rows) <= _ROWS_TOGETHER else "true"
        return f"#block(breakable: {breakable}, width: 100%)[{set_as}]"

    def _row(self, table: Table, number: int) -> str:
        cells = []
        row, at = table.rows[number], 0
        for cell in row.cells:
            tc = cell._tc
            if at and tc is row.cells[at - 1]._tc:
                at += 1
                continue
            at += 1
            first = cell.paragraphs[0]
            aligned = _ALIGNED.get(_alignment(first), "left")
            content = "#linebreak()".join("".join(self._runs(one)) for one in cell.paragraphs)
            cells.append(f"table.cell(colspan: {tc.grid_span}, align: {aligned})[{content}]")
        return ", ".join(cells)


def _page(section: Section) -> str:
    def points(length: Length | None, otherwise: float) -> str:
        return f"{length.pt if length is not None else otherwise:.1f}pt"

    margins = ", ".join(
        f"{side}: {points(length, 72)}"
        for side, length in (
            ("top", section.top_margin),
            ("bottom", section.bottom_margin),
            ("left", section.left_margin),
            ("right", section.right_margin),
        )
    )
    size = f"width: {points(section.page_width, 595.3)}, height: {points(section.page_height, 841.9)}"
    return f'#set page({size}, margin: ({margins}), numbering: "— 1 —")'


def _alignment(paragraph: Paragraph) -> WD_ALIGN_PARAGRAPH | None:
    if paragraph.alignment is not None:
        return paragraph.alignment
    style = paragraph.style
    return style.paragraph_format.alignment if isinstance(style, ParagraphStyle) else None


def _indent(paragraph: Paragraph) -> bool:
    """Does its first line begin further in, by its own format or its style's?"""
    formats = [paragraph.paragraph_format]
    if isinstance(paragraph.style, ParagraphStyle):
        formats.append(paragraph.style.paragraph_format)
    stated = [one.first_line_indent for one in formats if one.first_line_indent is not None]
    return bool(stated) and stated[0] > 0


def _escaped(text: str) -> str:
    """For a string in code mode: there nothing but these two has a meaning. Marks that are no characters go."""
    kept = "".join(one for one in text if one == "\t" or one.isprintable() or one.isspace())
    return kept.replace("\\", "\\\\").replace('"', '\\"')
