"""The formats offices send: each is read by what it holds, whatever it is called."""

import json
import zipfile
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from matchmaker.errors import UnreadableFile
from matchmaker.ingest import ImportKind, IngestOptions, IngestReport, ingest_file
from matchmaker.models import TechnologyNeed
from tests.matchmaker.test_ingest_files import DATA, HEADINGS, ROW, needs, workbook

OTHER = ["X2", "铝灰处置费用高怎么降", "南渡铝业有限公司", "每吨处置费1200元"]
ROWS = [HEADINGS, ROW, OTHER]
TITLES = [ROW[1], OTHER[1]]


def load(database: Engine, path: Path, **options: Any) -> IngestReport:
    return ingest_file(database, ImportKind.NEEDS, path, IngestOptions(**options))


def titles(session: Session) -> list[str]:
    return list(session.exec(select(TechnologyNeed.title).order_by(col(TechnologyNeed.source_id))))


def zipped(path: Path, parts: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def word_document(path: Path, *tables: list[list[str]]) -> Path:
    """A docx of these tables; a cell `>…` reaches over two columns, `^` continues the one above."""

    def cell(text: str) -> str:
        properties = '<w:gridSpan w:val="2"/>' if text.startswith(">") else "<w:vMerge/>" if text == "^" else ""
        runs = "".join(f"<w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p>" for line in text.strip(">^").split("\n"))
        return f"<w:tc><w:tcPr>{properties}</w:tcPr>{runs}</w:tc>"

    body = "<w:p><w:r><w:t>关于征集的通知</w:t></w:r></w:p>".join(
        "<w:tbl>" + "".join(f"<w:tr>{''.join(map(cell, row))}</w:tr>" for row in table) + "</w:tbl>" for table in tables
    )
    document = f'<?xml version="1.0"?><w:document xmlns:w="urn:w"><w:body>{body}</w:body></w:document>'
    return zipped(path, {"[Content_Types].xml": "<Types/>", "word/document.xml": document})


def spreadsheet_xml(rows: list[list[Any]], options: str = "") -> str:
    def cell(value: Any) -> str:
        kind = "Number" if isinstance(value, int) else "String"
        return f'<Cell><Data ss:Type="{kind}">{escape(str(value))}</Data></Cell>'

    table = "".join(f"<Row>{''.join(map(cell, row))}</Row>" for row in rows)
    return (
        '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        f'<Worksheet ss:Name="导出"><Table>{table}</Table>{options}</Worksheet></Workbook>'
    )


def open_document(rows: list[list[str]], *, hidden_row: int = -1, is_hidden: bool = False) -> dict[str, str | bytes]:
    lines = "".join(
        f"<table:table-row{' table:visibility=' + chr(34) + 'filter' + chr(34) if index == hidden_row else ''}>"
        + "".join(f"<table:table-cell><text:p>{escape(one)}</text:p></table:table-cell>" for one in row)
        + '<table:table-cell table:number-columns-repeated="16000"/></table:table-row>'
        for index, row in enumerate(rows)
    )
    style = '<style:style style:name="ta1"><style:table-properties table:display="false"/></style:style>'
    content = (
        '<office:document-content xmlns:office="urn:o" xmlns:table="urn:t" xmlns:text="urn:x" xmlns:style="urn:s">'
        f"<office:automatic-styles>{style if is_hidden else ''}</office:automatic-styles>"
        f'<table:table table:name="需求" table:style-name="ta1">{lines}'
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/>'
        "</table:table-row></table:table></office:document-content>"
    )
    return {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content}


def page(rows: list[list[str]]) -> str:
    lines = "".join("<tr>" + "".join(f"<td><b>{escape(one)}</b></td>" for one in row) + "</tr>" for row in rows)
    return f"<html><head><style>td {{a: b}}</style></head><body><!-- <table> --><table border=1>{lines}</table></body>"


def test_the_content_decides_not_the_name(database: Engine, session: Session, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"需求": ROWS}).rename(tmp_path / "甲.xls")
    assert load(database, path).added == 2
    old = tmp_path / "乙.xlsx"
    old.write_bytes((DATA / "needs.xls").read_bytes())
    assert load(database, old, source="b").added == 2
    protected = tmp_path / "丙.xls"
    protected.write_bytes((DATA / "protected.xlsx").read_bytes())
    with pytest.raises(UnreadableFile, match="有打开密码"):
        load(database, protected)


def test_an_open_document_is_read_without_its_hidden_rows(database: Engine, session: Session, tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.ods", open_document([*ROWS, ["X3", "隐藏的难题怎么解决", ROW[2], "高"]], hidden_row=3))
    report = load(database, path)
    assert (report.added, report.sheet, titles(session)) == (2, "需求", TITLES)
    assert any("1 行被隐藏或筛选" in note for note in report.notes)


def test_a_hidden_sheet_of_an_open_document_is_not_taken(database: Engine, tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.ods", open_document(ROWS, is_hidden=True))
    with pytest.raises(UnreadableFile, match=r"只有隐藏的工作表（需求）.*--sheet"):
        load(database, path)
    assert load(database, path, sheet="需求").added == 2


@pytest.mark.parametrize("name", ["导出.xls", "导出.html"])
def test_a_web_table_is_read(database: Engine, session: Session, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(page(ROWS).encode("gb18030"))
    assert (load(database, path).added, titles(session)) == (2, TITLES)


def test_cells_of_a_web_table_that_span_rows_keep_the_columns(
    database: Engine, session: Session, tmp_path: Path
) -> None:
    path = tmp_path / "a.xls"
    path.write_text(
        "<meta charset=utf-8><table><tr><th>企业名称<th>技术需求名称<th>主要问题"
        "<tr><td rowspan=2>南渡铝业有限公司<td>烧损偏高怎么办<td>高<br>真高"
        "<tr><td>铝灰处置怎么办<td>贵</table>",
        "utf-8",
    )
    assert load(database, path).added == 2
    assert {(one.poster_name, one.problem) for one in needs(session)} == {
        ("南渡铝业有限公司", "高\n真高"),
        ("南渡铝业有限公司", "贵"),
    }


def test_an_xml_spreadsheet_is_read(database: Engine, session: Session, tmp_path: Path) -> None:
    path = tmp_path / "导出.xls"
    path.write_text(spreadsheet_xml([[*HEADINGS, "拟投入资金（万元）"], [*ROW, 80]]), "utf-8")
    report = load(database, path)
    assert (report.added, report.sheet, needs(session)[0].budget_max_fen) == (1, "导出", 80_000_000)


def test_tables_of_a_word_document_are_read(database: Engine, session: Session, tmp_path: Path) -> None:
    path = word_document(tmp_path / "清单.docx", [["会议", "时间"], ["启动会", "三月"]], ROWS[:2], [HEADINGS, OTHER])
    report = load(database, path)
    assert (report.added, report.sheet, titles(session)) == (2, "表格2、表格3", TITLES)


def test_merged_cells_of_a_word_table_hold_for_their_rows(database: Engine, session: Session, tmp_path: Path) -> None:
    rows = [[">技术需求", "企业名称"], ["技术需求名称", "主要问题", "^"]]
    rows += [[ROW[1], ROW[3], ROW[2]], [OTHER[1], OTHER[3], OTHER[2]]]
    assert load(database, word_document(tmp_path / "a.docx", rows)).added == 2
    assert {need.poster_name for need in needs(session)} == {ROW[2]}


OBJECTS = [dict(zip(HEADINGS, row, strict=True)) for row in (ROW, OTHER)]


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(OBJECTS, ensure_ascii=False),
        json.dumps({"code": 0, "data": {"total": 2, "rows": OBJECTS}}),
        json.dumps({"columns": [{"key": "a", "width": 3}], "page": {"items": OBJECTS}}, indent=2),
        "\n".join(map(json.dumps, OBJECTS)),
    ],
    ids=["array", "answer", "indented", "lines"],
)
@pytest.mark.parametrize("name", ["a.json", "a.txt"])
def test_objects_of_json_are_rows(database: Engine, session: Session, tmp_path: Path, content: str, name: str) -> None:
    path = tmp_path / name
    path.write_text(content, "utf-8")
    assert (load(database, path).added, titles(session)) == (2, TITLES)


def test_one_object_with_lists_in_it_is_a_record(database: Engine, session: Session, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    files = [{"name": "附图.png", "size": 1024}]
    path.write_text(json.dumps({"title": ROW[1], "problem": ROW[3], "附件": files}), "utf-8")
    assert load(database, path).added == 1
    assert needs(session)[0].title == ROW[1]


def test_what_json_cannot_say_goes_back_and_nan_is_nothing(database: Engine, session: Session, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    lines = [
        '{"title": "烧损偏高的办法", "problem": "高", "goal": NaN, "budget_max_wan": NaN}',
        '{"title": "无穷大的预算怎样", "problem": "高", "budget_max_wan": 1e400}',
        '{"title": "断开\\ud83d的字符怎样", "problem": "高"}',
    ]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    report = load(database, path)
    assert (report.added, [one.row for one in report.rejected]) == (1, [2, 3])
    report.to_text().encode()
    assert (needs(session)[0].goal, needs(session)[0].budget_max_fen) == ("", None)


def test_a_zip_of_tables_is_read_file_by_file(database: Engine, session: Session, tmp_path: Path) -> None:
    first = workbook(tmp_path / "a.xlsx", {"Sheet1": ROWS[:2]}).read_bytes()
    text = "\r\n".join(",".join(row) for row in (HEADINGS, OTHER)).encode("gb18030")
    path = zipped(tmp_path / "各区.zip", {"甲区/需求.xlsx": first, "乙区/需求.csv": text, "乙区/通知.pdf": b"%PDF"})
    report = load(database, path)
    assert (report.added, titles(session)) == (2, TITLES)
    assert report.sheet == "需求.xlsx/Sheet1、需求.csv"
    assert any("2 张工作表标题相同" in note for note in report.notes)


def test_a_zip_of_other_things_names_what_is_in_it(database: Engine, tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"一.json": "[]", "二.csv": "a"})
    with pytest.raises(UnreadableFile, match=r"里面有：一.json、二.csv.*逐个导入"):
        load(database, path)


def test_traditional_text_in_big5_is_read_and_its_headings_are_the_same(
    database: Engine, session: Session, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    text = "企業名稱,技術需求名稱,主要問題\r\n臺北電機股份有限公司,變壓器油色譜線上監測,誤判率過高,\r\n"
    path.write_bytes(text.encode("big5"))
    assert load(database, path).added == 1
    need = needs(session)[0]
    assert (need.title, need.poster_name) == ("變壓器油色譜線上監測", "臺北電機股份有限公司")


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16-le", "utf-16-be"])
def test_simplified_and_rare_characters_are_not_taken_for_big5(
    database: Engine, session: Session, tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(
        "技术需求名称\t企业名称\t主要问题\r\n镓锗铟回收率偏低\t喆昊焜有限公司\t氮化镓废料\r\n".encode(encoding)
    )
    assert load(database, path).added == 1
    assert needs(session)[0].title == "镓锗铟回收率偏低"


def test_bytes_that_are_no_likely_text_are_refused(database: Engine, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("名称,主要な課題\r\nアルミ鋳造の歩留まり,溶解損失が大きい\r\n".encode("shift_jis"))
    with pytest.raises(UnreadableFile, match=r"文字编码无法识别.*Big5"):
        load(database, path)


def _rewritten(path: Path, change: Any, rename: Any = lambda name: name) -> Path:
    with zipfile.ZipFile(path) as archive:
        parts = {rename(name): change(name, archive.read(name)) for name in archive.namelist()}
    return zipped(path, parts)


@pytest.mark.parametrize("dimension", ["A0:AZ48943", "1:10901", "A1:XFD1048576", "nonsense", ""])
def test_what_a_sheet_says_of_its_size_is_ignored(
    database: Engine, session: Session, tmp_path: Path, dimension: str
) -> None:
    def change(name: str, content: bytes) -> bytes:
        if "sheet1" not in name:
            return content
        start = content.index(b"<dimension")
        end = content.index(b"/>", start)
        return content[:start] + f'<dimension ref="{dimension}"'.encode() + content[end:]

    path = _rewritten(workbook(tmp_path / "a.xlsx", {"需求": ROWS}), change)
    assert (load(database, path).added, titles(session)) == (2, TITLES)


def test_part_names_with_backslashes_are_read(database: Engine, session: Session, tmp_path: Path) -> None:
    path = _rewritten(
        workbook(tmp_path / "a.xlsx", {"需求": ROWS}), lambda _, content: content, lambda name: name.replace("/", "\\")
    )
    assert (load(database, path).added, titles(session)) == (2, TITLES)


def test_hidden_sheets_and_rows_are_left_out_and_counted(database: Engine, session: Session, tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        {
            "存档": [[*HEADINGS, "联系人"], ["OLD", "旧难题怎样解决", "甲", "高", "张"]],
            "需求": [*ROWS, ["X3", "隐藏的难题怎样", "甲", "高"]],
        },
    )
    book = openpyxl.load_workbook(path)
    book["存档"].sheet_state = "hidden"
    book["需求"].row_dimensions[4].hidden = True
    book.save(path)
    report = load(database, path)
    assert (report.added, report.sheet, titles(session)) == (2, "需求", TITLES)
    assert any(note.startswith("隐藏的工作表 存档") for note in report.notes)
    assert any(note.startswith("有 1 行被隐藏") for note in report.notes)
    assert load(database, path, sheet="存档").added == 1


def test_sheets_with_the_same_headings_are_read_together(database: Engine, session: Session, tmp_path: Path) -> None:
    turned = [HEADINGS[::-1], OTHER[::-1], ["没有名称", "甲", "", "X9"]]
    path = workbook(tmp_path / "a.xlsx", {"甲区": ROWS[:2], "乙区": turned, "说明": [["请先读"]]})
    report = load(database, path)
    assert (report.added, report.sheet, titles(session)) == (2, "甲区、乙区", TITLES)
    assert [one.row for one in report.rejected] == [1003]
    assert any("乙区 从 1001 起" in note for note in report.notes)


@pytest.mark.parametrize(
    "below",
    [
        [["", "", "", "", "万元", "年/月/日"]],
        [["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"]],
        [["", "必填", "必填", "必填", "（万元）", ""], [1, 2, 3, 4, 5, 6]],
    ],
)
def test_rows_of_units_and_column_numbers_are_no_records(
    database: Engine, session: Session, tmp_path: Path, below: list[list[Any]]
) -> None:
    headings = [*HEADINGS, "拟投入资金" if "万元" in str(below) else "拟投入资金（万元）", "需求时限"]
    path = workbook(tmp_path / "a.xlsx", {"需求": [headings, *below, [*ROW, 50, "2027-06-30"]]})
    report = load(database, path)
    assert (report.rows_read, report.added, report.rejected[:]) == (1, 1, [])
    assert needs(session)[0].budget_max_fen == 50_000_000


def test_a_table_below_the_first_is_read_by_its_own_headings(
    database: Engine, session: Session, tmp_path: Path
) -> None:
    rows = [*ROWS[:2], [None], ["二、其他区"], ["企业名称", "主要问题", "技术需求名称"], [OTHER[2], OTHER[3], OTHER[1]]]
    report = load(database, workbook(tmp_path / "a.xlsx", {"表": rows}))
    assert {(one.title, one.poster_name, one.problem) for one in needs(session)} == {
        (ROW[1], ROW[2], ROW[3]),
        (OTHER[1], OTHER[2], OTHER[3]),
    }
    assert [one.row for one in report.rejected] == [4]


def test_a_table_below_with_other_fields_goes_back_and_is_not_read(
    database: Engine, session: Session, tmp_path: Path
) -> None:
    rows = [*ROWS[:2], ["技术需求名称", "预期目标", "联系电话"], ["另一张表的难题", "提高", "0558-1234567"]]
    report = load(database, workbook(tmp_path / "a.xlsx", {"表": rows}))
    assert (titles(session), [one.row for one in report.rejected]) == ([ROW[1]], [3])
    assert "另一张表" in report.rejected[0].sentence()


def test_a_zip_with_a_password_is_refused(database: Engine, tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.csv": "技术需求名称\n"})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match="有解压密码"):
        load(database, path)


def record(kind: int, content: bytes = b"") -> bytes:
    """A record of an xlsb part: id and length in seven bits a byte."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length = bytearray()
    size = len(content)
    while True:
        length.append(size & 0x7F | (0x80 if size > 0x7F else 0))
        size >>= 7
        if not size:
            return head + bytes(length) + content


def binary_workbook(path: Path, cells: list[tuple[int, int, str]]) -> Path:
    """An xlsb of these cells: row, column (from 0), text."""

    def whole(*numbers: int) -> bytes:
        return b"".join(number.to_bytes(4, "little") for number in numbers)

    def text(value: str) -> bytes:
        return whole(len(value)) + value.encode("utf-16-le")

    bundle = record(0x9C, whole(0, 1) + text("rId1") + text("需求"))
    rows = b""
    for row in sorted({row for row, _, _ in cells}):
        rows += record(0, whole(row, 0) + bytes(17))
        rows += b"".join(record(6, whole(column, 0) + text(value)) for at, column, value in cells if at == row)
    sheet = record(0x81) + record(0x94, whole(0, 1, 0, 1)) + record(0x91) + rows + record(0x92) + record(0x82)
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
    relations = (
        f'<?xml version="1.0"?>\n<Relationships xmlns="{package}">\n'
        f'<Relationship Id="rId1" Type="{kind}" Target="worksheets/sheet1.bin"/></Relationships>'
    )
    return zipped(
        path,
        {
            "[Content_Types].xml": "<Types/>",
            "xl/workbook.bin": record(0x83) + record(0x8F) + bundle + record(0x90) + record(0x84),
            "xl/_rels/workbook.bin.rels": relations,
            "xl/worksheets/sheet1.bin": sheet,
        },
    )


def test_a_binary_workbook_is_read_and_measured(database: Engine, session: Session, tmp_path: Path) -> None:
    cells = [(row, column, text) for row, texts in enumerate(ROWS) for column, text in enumerate(texts)]
    report = load(database, binary_workbook(tmp_path / "需求.xls", cells))
    assert (report.added, report.sheet, titles(session)) == (2, "需求", TITLES)
    with pytest.raises(UnreadableFile, match="一直延伸到第 1048576 行、第 16384 列"):
        load(database, binary_workbook(tmp_path / "b.xlsb", [*cells, (1_048_575, 16_383, " ")]))
