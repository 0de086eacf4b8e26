"""Make the shipped template of the yearly report, `matchmaker/reports/templates/annual.docx`.

    python scripts/make_report_template.py

Officials edit copies of it in Word or WPS. Page and type follow what offices use for papers (GB/T 9704): A4, 仿宋 三号.
"""

from collections.abc import Callable
from pathlib import Path

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Mm, Pt
from docx.styles.style import BaseStyle
from docx.table import _Cell
from docx.text.run import Run

TARGET = Path(__file__).resolve().parent.parent / "matchmaker" / "reports" / "templates" / "annual.docx"
BODY, HEADING, TITLE = "仿宋", "黑体", "宋体"
SMALL = Pt(10.5)

OVERVIEW = (
    "{{ 时段 }}，{{ 地区 }}{% if 需求数值 %}先后征集到{{ 需求来源 }}的技术需求{{ 需求数约 }}项"
    "{% else %}没有征集到技术需求{% endif %}"
    "{% if 成果数值 %}，向企业发布{{ 来源院校 }}先进科技成果{{ 成果数约 }}项{% endif %}。"
    "{{ 全年 }}{% if 登记数值 %}累计登记省科技成果{{ 成果登记数 }}项{% else %}没有登记省科技成果{% endif %}"
    "{% if 成果登记比较 %}，{{ 成果登记比较 }}{% endif %}；"
    "{% if 合同数值 %}认定登记技术合同{{ 合同项数 }}项，{{ 成交额名称 }}达到{{ 成交额 }}"
    "{% else %}没有认定登记的技术合同{% endif %}{% if 目标比较 %}，{{ 目标比较 }}{% endif %}。"
)
SIGNINGS = (
    "{% if 签约活动 %}在{{ 签约活动 }}上，{% endif %}{% if 签约举例 %}{{ 签约举例 }}等{% endif %}"
    "合计{{ 签约数 }}个项目进行了现场签约（{{ 签约构成 }}）。"
)
# Of the width between the margins, 156 mm, by the number of columns: names and sentences need more than numbers.
WIDTHS = {2: (100, 56), 4: (28, 24, 62, 42), 5: (42, 16, 39, 39, 20)}
# That of the districts stands last: a district's own report has none, and the numbers before it stay.
TABLES = ("按月", "按合同类别", "按技术领域", "按合作地区", "按县市区")


def main() -> None:
    document = Document()
    _page(document)
    _styles(document)
    document.add_paragraph("{{ 地区 }}{{ 年份 }}年技术转移工作情况", style="Title")
    _if(document, "截至", lambda: _centred(document, "（数据截至{{ 截至 }}）"))
    document.add_heading("一、总体情况", 1)
    document.add_paragraph(OVERVIEW)
    _if(document, "签约数值", lambda: document.add_paragraph(SIGNINGS))
    document.add_heading("二、技术合同情况", 1)
    document.add_paragraph("{%p if 合同数值 %}")
    document.add_paragraph(
        "以下各表口径：{{ 统计口径 }}；金额按元汇总后再换算为万元，分项四舍五入后与合计可能有细微出入。"
    )
    for number, name in enumerate(TABLES, 1):
        _breakdown(document, number, name)
    document.add_paragraph("{%p else %}")
    document.add_paragraph("{{ 时段 }}没有认定登记的技术合同。")
    document.add_paragraph("{%p endif %}")
    _if(document, "阶段", lambda: _funnel(document))
    _if(document, "下年目标", lambda: _plans(document))
    _repeated(document, "for 提示 in 口径提示", "注：{{ 提示 }}。")
    document.add_heading("附：数据来源", 1)
    document.add_paragraph(
        "成交额数据取自统计快照第{{ 快照编号 }}号“{{ 快照名称 }}”（{{ 快照时间 }}固定），校验码{{ 快照校验码 }}。"
    )
    cells = ("{{ 行.名称 }}", "{{ 行.内容 }}", "{{ 行.口径 }}", "{{ 行.来源 }}")
    _table(document, "来源", "各项数据的口径和来源", ("指标", "数值", "口径", "来源"), cells, total=None)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    document.save(str(TARGET))


def _page(document: DocumentType) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    _page_number(section)
    document.core_properties.author = ""
    document.core_properties.title = "技术转移工作情况"


def _page_number(section: Section) -> None:
    """— 1 — in the middle below the text, as official papers have it."""
    paragraph = section.footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.first_line_indent = Pt(0)
    paragraph.add_run("— ")
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    field.append(paragraph.add_run("1")._r)
    paragraph._p.append(field)
    paragraph.add_run(" —")
    for run in paragraph._p.iter(qn("w:r")):
        Run(run, paragraph).font.size = Pt(14)


def _styles(document: DocumentType) -> None:
    normal = document.styles["Normal"]
    _font(normal, BODY, Pt(16))
    normal.paragraph_format.line_spacing = Pt(28)
    normal.paragraph_format.space_after = Pt(0)
    # Two characters, as every official paper begins a paragraph.
    normal.paragraph_format.first_line_indent = Pt(32)
    title = document.styles["Title"]
    _font(title, TITLE, Pt(22), bold=True)
    title.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.first_line_indent = Pt(0)
    title.paragraph_format.line_spacing = Pt(36)
    title.paragraph_format.space_after = Pt(16)
    # Word's own title has a coloured rule below it.
    border = title.element.pPr.find(qn("w:pBdr"))
    if border is not None:
        title.element.pPr.remove(border)
    _font(document.styles["Heading 1"], HEADING, Pt(16))
    document.styles["Heading 1"].paragraph_format.first_line_indent = Pt(32)
    document.styles["Heading 1"].paragraph_format.space_before = Pt(6)
    caption = document.styles["Caption"]
    _font(caption, HEADING, SMALL)
    caption.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    caption.paragraph_format.first_line_indent = Pt(0)
    caption.paragraph_format.line_spacing = 1.2
    caption.paragraph_format.space_before = caption.paragraph_format.space_after = Pt(4)
    caption.paragraph_format.keep_with_next = True


def _font(style: BaseStyle, family: str, size: Pt, *, bold: bool = False) -> None:
    style.font.name, style.font.size, style.font.bold = family, size, bold
    style.font.color.rgb = None
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(name), family)
    for name in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        fonts.attrib.pop(qn(name), None)
    color = style.element.rPr.find(qn("w:color"))
    if color is not None:
        style.element.rPr.remove(color)


def _repeated(document: DocumentType, loop: str, text: str) -> None:
    """A paragraph per item; the lines of the loop itself vanish."""
    for line in (f"{{%p {loop} %}}", text, "{%p endfor %}"):
        document.add_paragraph(line)


def _if(document: DocumentType, condition: str, write: Callable[[], object]) -> None:
    """What is written stands there only on this condition, without a gap otherwise."""
    document.add_paragraph(f"{{%p if {condition} %}}")
    write()
    document.add_paragraph("{%p endif %}")


def _centred(document: DocumentType, text: str) -> None:
    paragraph = document.add_paragraph(text)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.first_line_indent = Pt(0)


def _plans(document: DocumentType) -> None:
    document.add_heading("{% if 阶段 %}四{% else %}三{% endif %}、下一年目标", 1)
    document.add_paragraph("{{ 下一年 }}年目标：{{ 下年目标 }}。{{ 下年增长 }}")


def _funnel(document: DocumentType) -> None:
    document.add_heading("三、从需求到合同", 1)
    number = f"{{% if {TABLES[-1]}.行|length > 1 %}}{len(TABLES) + 1}{{% else %}}{len(TABLES)}{{% endif %}}"
    caption = f"表{number}：当年发布的需求走到各阶段的项数"
    _table(document, "阶段", caption, ("阶段", "项数"), ("{{ 行.名称 }}", "{{ 行.数量 }}"), total=None)


def _breakdown(document: DocumentType, number: int, name: str) -> None:
    # One line would be the total twice.
    if name == TABLES[-1]:
        document.add_paragraph(f"{{%p if {name}.行|length > 1 %}}")
    _figure(document, number, name)
    heads = (f"{{{{ {name}.表头 }}}}", "项数", "合同成交额（万元）", "技术交易额（万元）", "占比")
    cells = ("{{ 行.名称 }}", "{{ 行.项数 }}", "{{ 行.成交额 }}", "{{ 行.交易额 }}", "{{ 行.占比 }}")
    total = tuple(f"{{{{ {name}.合计.{one} }}}}" for one in ("名称", "项数", "成交额", "交易额", "占比"))
    _table(document, f"{name}.行", f"表{number}：{{{{ {name}.标题 }}}}", heads, cells, total=total)
    if name == TABLES[-1]:
        document.add_paragraph("{%p endif %}")


def _figure(document: DocumentType, number: int, name: str) -> None:
    document.add_paragraph(f"{{%p if 图_{name} %}}")
    picture = document.add_paragraph(f"{{{{ 图_{name} }}}}", style="Caption")
    picture.paragraph_format.line_spacing = 1.0
    # Below the picture, and free to stand at the end of a page: what follows is another thing.
    below = document.add_paragraph(f"图{number}：{{{{ {name}.标题 }}}}", style="Caption")
    below.paragraph_format.keep_with_next = False
    document.add_paragraph("{%p endif %}")


def _table(
    document: DocumentType,
    rows: str,
    caption: str,
    heads: tuple[str, ...],
    cells: tuple[str, ...],
    *,
    total: tuple[str, ...] | None,
) -> None:
    document.add_paragraph(caption, style="Caption")
    table = document.add_table(rows=0, cols=len(heads), style="Table Grid")
    _row(table.add_row().cells, heads, bold=True)
    _repeat_as_header(table.rows[0])
    table.add_row().cells[0].text = f"{{%tr for 行 in {rows} %}}"
    _row(table.add_row().cells, cells)
    table.add_row().cells[0].text = "{%tr endfor %}"
    if total is not None:
        _row(table.add_row().cells, total, bold=True)
    table.autofit = False
    for column, width in zip(table.columns, WIDTHS[len(heads)], strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)
    if len(heads) != 4:
        # Tables of figures are short and stay whole, with their total: all rows but the last keep with the next.
        for row in table.rows[:-1]:
            for cell in row.cells:
                cell.paragraphs[0].paragraph_format.keep_with_next = True
    for row in table.rows:
        # A row stands on one page.
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    document.add_paragraph()


def _row(cells: tuple[_Cell, ...], texts: tuple[str, ...], *, bold: bool = False) -> None:
    for number, (cell, text) in enumerate(zip(cells, texts, strict=True)):
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.first_line_indent = Pt(0)
        paragraph.paragraph_format.line_spacing = 1.2
        is_number = number > 0 and len(texts) != 4
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if is_number else WD_ALIGN_PARAGRAPH.LEFT
        run = paragraph.add_run(text)
        run.font.size, run.bold = SMALL, bold


def _repeat_as_header(row: object) -> None:
    properties = row._tr.get_or_add_trPr()  # type: ignore[attr-defined]
    header = OxmlElement("w:tblHeader")
    header.set(qn("w:val"), "true")
    properties.append(header)


if __name__ == "__main__":
    main()
