"""Files as they come: which are read, from which row, and in which clear words the others are refused."""

import codecs
import json
import random
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from matchmaker.errors import MalformedRequest, MatchmakerError, UnreadableFile
from matchmaker.ingest import ImportKind, IngestOptions, IngestReport, ingest_file
from matchmaker.models import Enterprise, TechnologyNeed

DATA = Path(__file__).parents[1] / "data" / "ingest"
HEADINGS = ["需求编号", "技术需求名称", "企业名称", "主要问题"]
ROW = ["X1", "再生铝熔炼烧损偏高", "南渡铝业有限公司", "双室炉烧损3.8%，比同行高一个百分点"]


def workbook(path: Path, sheets: dict[str, list[list[Any]]], merges: dict[str, list[str]] | None = None) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for area in (merges or {}).get(name, []):
            sheet.merge_cells(area)
    book.save(path)
    return path


def load(database: Engine, path: Path, **options: Any) -> IngestReport:
    return ingest_file(database, ImportKind.NEEDS, path, IngestOptions(**options))


def needs(session: Session) -> list[TechnologyNeed]:
    return list(session.exec(select(TechnologyNeed).order_by(col(TechnologyNeed.source_id))))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_is_read_in_the_encodings_and_separators_offices_use(
    database: Engine, session: Session, tmp_path: Path, encoding: str, separator: str
) -> None:
    path = tmp_path / "需求.csv"
    rows = [HEADINGS, [f'"{cell}，㎡"' if index else cell for index, cell in enumerate(ROW)]]
    path.write_text("\r\n".join(separator.join(row) for row in rows), encoding=encoding, newline="")
    report = load(database, path)
    assert (report.added, len(report.rejected)) == (1, 0)
    assert needs(session)[0].title == "再生铝熔炼烧损偏高，㎡"


def test_an_old_xls_is_read(database: Engine, session: Session) -> None:
    report = load(database, DATA / "needs.xls")
    assert (report.added, len(report.rejected), report.sheet) == (2, 0, "需求汇总")
    first, second = needs(session)
    assert (first.budget_max_fen, second.budget_max_fen) == (80_000_000, 120_500_000)
    assert str(first.deadline) == "2027-06-30"
    assert first.contact_phone == "13800000000"


def test_title_lines_notes_group_headings_and_blank_columns_are_seen_through(
    database: Engine, session: Session, tmp_path: Path
) -> None:
    rows: list[list[Any]] = [
        ["某市2026年技术需求征集表"] + [None] * 10,
        ["填表说明：各栏不超过500字", *[None] * 9, "单位：万元"],
        [None] * 11,
        [
            "序号",
            "技术需求名称*",
            None,
            "需求单位",
            "技术需求概述*",
            None,
            None,
            "拟投入资金总额",
            "联系人",
            None,
            "备注",
        ],
        [None, None, None, None, "①主要问题", "②技术关键", "③预期目标", None, "姓名", "手机", None],
        [1, ROW[1], None, ROW[2], ROW[3], "蓄热燃烧", "烧损≤2.8%", 80, "生产部", 13800000000, None],
        [None] * 11,
        [2, "铝灰处置费用高", None, ROW[2], "每吨处置费1200元", None, None, 60, "生产部", 13800000000, None],
    ]
    merges = ["A1:K1", "A4:A5", "B4:B5", "D4:D5", "E4:G4", "H4:H5", "I4:J4", "K4:K5"]
    path = workbook(tmp_path / "征集表.xlsx", {"Sheet1": rows}, {"Sheet1": merges})
    report = load(database, path)
    assert (report.rows_read, report.added, report.rejected[:]) == (2, 2, [])
    assert report.unknown_columns == ["备注"]
    need = next(one for one in needs(session) if one.title == ROW[1])
    assert (need.problem, need.key_technology, need.goal) == (ROW[3], "蓄热燃烧", "烧损≤2.8%")
    assert (need.budget_max_fen, need.contact_name, need.contact_phone) == (80_000_000, "生产部", "13800000000")


def test_sums_notes_and_signatures_below_the_table_are_no_records(
    database: Engine, session: Session, tmp_path: Path
) -> None:
    headings = ["序号", "技术需求名称", "企业名称", "主要问题", "拟投入资金（万元）", "备注"]
    rows: list[list[Any]] = [
        headings,
        [1, ROW[1], ROW[2], ROW[3], 80, None],
        headings,
        [2, "合计工时统计不准的问题", ROW[2], "各班组合计口径不一致", 60, "说明：急"],
        ["合计", None, None, None, 140, None],
        ["说明：金额单位为万元。", *[None] * 5],
        [None, "注：本表由科技局汇总", None, None, None, None],
        ["填表人：甲", None, "审核人：乙", None, "联系电话：0558-0000000", None],
    ]
    report = load(database, workbook(tmp_path / "汇总.xlsx", {"Sheet1": rows}))
    assert (report.added, report.skipped, report.rejected[:]) == (2, 5, [])
    assert {one.title for one in needs(session)} == {ROW[1], "合计工时统计不准的问题"}
    assert any("第 3、5、6、7、8 行" in note for note in report.notes)


def test_group_headings_of_a_csv_reach_to_the_right(database: Engine, session: Session, tmp_path: Path) -> None:
    path = tmp_path / "需求.csv"
    path.write_text(
        "技术需求名称,主要问题,联系人,,拟投入资金（万元）,\n,,姓名,电话,最低,最高\n再生铝熔炼烧损偏高,烧损3.8%,生产部,0558-1234567,50,80\n",
        "utf-8",
    )
    assert load(database, path).added == 1
    need = needs(session)[0]
    assert (need.contact_name, need.contact_phone) == ("生产部", "0558-1234567")
    assert (need.budget_min_fen, need.budget_max_fen) == (50_000_000, 80_000_000)


def test_a_cell_merged_over_several_rows_holds_for_each_of_them(
    database: Engine, session: Session, tmp_path: Path
) -> None:
    rows: list[list[Any]] = [["企业名称", "技术需求名称", "主要问题"]]
    rows += [["南渡铝业有限公司", f"第{n}个难题怎样解决", "损耗高"] for n in range(3)]
    path = workbook(tmp_path / "a.xlsx", {"Sheet1": rows}, {"Sheet1": ["A2:A4", "C2:C3"]})
    assert load(database, path).added == 3
    assert {need.poster_name for need in needs(session)} == {"南渡铝业有限公司"}
    assert len(session.exec(select(Enterprise)).all()) == 1


def test_the_sheet_whose_headings_are_recognised_best_is_taken(database: Engine, tmp_path: Path) -> None:
    sheets = {
        "说明": [["名称", "请先读"], ["a", "b"]],
        "上月": [HEADINGS[1:], ROW[1:]],
        "需求": [HEADINGS, ROW],
        "空": [],
    }
    path = workbook(tmp_path / "a.xlsx", sheets)
    report = load(database, path)
    assert (report.sheet, report.added) == ("需求", 1)
    assert [note.partition(" 也像")[0] for note in report.notes] == ["工作表 上月"]
    with pytest.raises(MalformedRequest, match=r"没有工作表“其他”.*说明、上月、需求、空"):
        load(database, path, sheet="其他")


def test_a_sheet_may_be_chosen(database: Engine, tmp_path: Path) -> None:
    other = ["X9", "铝灰处置费用高", "南渡铝业有限公司", "每吨处置费1200元"]
    path = workbook(tmp_path / "a.xlsx", {"一月": [HEADINGS, ROW, ROW], "二月": [HEADINGS, other]})
    assert load(database, path, sheet="二月").rows_read == 1


def test_no_recognised_heading_names_sheets_headings_and_what_is_expected(database: Engine, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"甲": [["日期", "天气"], ["1", "晴"]], "乙": []})
    with pytest.raises(UnreadableFile) as caught:
        load(database, path)
    for word in ("甲、乙", "“日期”、“天气”", "技术需求名称*", "--sheet", "--map"):
        assert word in str(caught.value)


def test_a_table_of_another_kind_is_not_taken_for_needs(database: Engine, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"企业": [["企业名称", "统一社会信用代码", "地址"], ["甲有限公司", "", ""]]})
    with pytest.raises(UnreadableFile, match="没有找到技术需求表的标题行"):
        load(database, path)


def test_a_column_map_names_columns_that_are_not_recognised(database: Engine, session: Session, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"a": [["表"], ["想干啥", "卡在哪", "钱"], [ROW[1], ROW[3], "80万元"]]})
    report = load(database, path, column_map={"想干啥": "title", "卡在哪": "主要问题", "钱": "budget"})
    assert (report.added, report.unknown_columns) == (1, [])
    assert needs(session)[0].budget_max_fen == 80_000_000
    with pytest.raises(MalformedRequest, match="没有“不存在”这一列"):
        load(database, path, column_map={"想干啥": "title", "不存在": "goal"})
    with pytest.raises(MalformedRequest, match=r"“nonsense”不是技术需求的字段.*title"):
        load(database, path, column_map={"想干啥": "title", "钱": "nonsense"})


def _docx(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w><p><t>没有表格的通知</t></p></w>")


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.pdf", "hello")


STRANGE_FILES: dict[str, tuple[Any, str]] = {
    "a.docx.xlsx": (_docx, "里没有表格.*模板"),
    "a.zip.xlsx": (_zip, "是压缩包，不是表格，里面有：readme.pdf.*解压"),
    "empty.xlsx": (b"", "是空文件"),
    "blank.csv": (b"\xef\xbb\xbf\r\n \n", "是空文件"),
    "picture.xlsx": (b"\x89PNG\r\n\x1a\n" + b"0" * 100, "是图片，不是表格"),
    "paper.xlsx": (b"%PDF-1.7\n", "是PDF 文件，不是表格"),
    "page.xls": (b"<html><body><table><tr><td>x</td></tr></table>", "没有找到技术需求表的标题行"),
    "prose.html": (b"<html><body><p>x</p></body></html>", "里没有表格"),
    "feed.xml": (b"<?xml version='1.0'?><rss/>", "是 XML 格式.*另存为 xlsx"),
    "old.doc.xls": (bytes.fromhex("D0CF11E0A1B11AE1") + b"\x00" * 2000, "不是可读的 Excel 文件"),
    "binary.csv": (bytes(range(256)) * 4, "不是文本也不是表格"),
    "numbers.json": (b"[1, 2, 3]", "没有对象的列表"),
    "half.json": (b'[{"title": "x"}, {"ti', "数组不完整"),
    "latin.csv": ("标题,名称\n".encode() + b"\xff\xff\xff\xff", "文字编码无法识别"),
    "nothing.csv": (b"1,2,3\n4,5,6\n", "没有找到技术需求表的标题行"),
}


@pytest.mark.parametrize("name", STRANGE_FILES)
def test_what_is_no_table_is_refused_in_a_clear_sentence(database: Engine, tmp_path: Path, name: str) -> None:
    content, words = STRANGE_FILES[name]
    path = tmp_path / name
    path.write_bytes(content) if isinstance(content, bytes) else content(path)
    with pytest.raises(UnreadableFile, match=words) as caught:
        load(database, path)
    assert caught.value.fix
    assert name in caught.value.detail


def test_a_protected_workbook_is_refused(database: Engine) -> None:
    with pytest.raises(UnreadableFile, match=r"有打开密码.*去掉密码"):
        load(database, DATA / "protected.xlsx")


def test_a_missing_file_or_a_folder_is_refused(database: Engine, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"没有“.*不在.xlsx”这个文件"):
        load(database, tmp_path / "不在.xlsx")
    with pytest.raises(UnreadableFile, match="是一个文件夹"):
        load(database, tmp_path)


def test_half_a_workbook_is_refused(database: Engine, session: Session, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"需求": [HEADINGS, *[ROW] * 200]})
    content = path.read_bytes()
    for share in (0.1, 0.5, 0.9, 0.999):
        path.write_bytes(content[: int(len(content) * share)])
        with pytest.raises(UnreadableFile, match=r"不完整或已损坏.*重新下载"):
            load(database, path)
    assert not needs(session)


def test_a_damaged_workbook_never_shows_anything_but_a_sentence(database: Engine, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"需求": [HEADINGS, *[ROW] * 50]})
    content = path.read_bytes()
    chance = random.Random(20261123)
    for _ in range(60):
        damaged = bytearray(content)
        for _ in range(chance.randrange(1, 30)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        # Readable or refused, both are fine; anything but a refusal in words is not.
        with suppress(MatchmakerError):
            load(database, path, dry_run=True)


def test_a_stray_character_in_the_last_cell_is_refused_before_it_takes_all_memory(
    database: Engine, tmp_path: Path
) -> None:
    path = workbook(tmp_path / "a.xlsx", {"需求": [HEADINGS, ROW]})
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["XFD1048576"] = " "
    book.save(path)
    with pytest.raises(UnreadableFile, match=r"第 1048576 行、第 16384 列.*复制到新的工作簿"):
        load(database, path)


def test_a_sheet_without_any_text_is_refused(database: Engine, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="都是空的"):
        load(database, workbook(tmp_path / "a.xlsx", {"甲": [], "乙": []}))


def test_the_row_number_is_the_one_the_user_sees(database: Engine, tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    sheet = book.add_worksheet()
    sheet.write_row(4, 2, HEADINGS)
    sheet.write_row(6, 2, ROW)
    sheet.write_row(9, 2, ["X2", "", "乙有限公司", "没有名称"])
    book.close()
    report = load(database, tmp_path / "a.xlsx")
    assert (report.added, [rejected.row for rejected in report.rejected]) == (1, [10])
    csv_path = tmp_path / "a.csv"
    csv_path.write_text('题目\n\n需求名称,主要问题\n"再生铝\n烧损","分\n行"\n,没有名称\n', "utf-8")
    assert [rejected.row for rejected in load(database, csv_path).rejected] == [5]


def test_a_quote_that_is_never_closed_does_not_swallow_the_rows_after_it(database: Engine, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    good = "".join(f"X{n},第{n}个难题怎样解决,甲有限公司,损耗高\n" for n in range(3))
    path.write_text(f'需求编号,技术需求名称,企业名称,主要问题\n{good}Y,"坏的一行,乙有限公司,损耗高\n{good}', "utf-8")
    report = load(database, path)
    assert report.added == 3
    assert [(one.row, one.problems[0].reason) for one in report.rejected] == [
        (5, "引号没有成对，后面的行被并进了这一格")
    ]


def test_a_csv_row_with_more_cells_than_headings_is_sent_back(database: Engine, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("技术需求名称,主要问题\n再生铝烧损,高,真的\n再生铝烧损偏高,高,,\n", "utf-8")
    report = load(database, path)
    assert report.added == 1
    assert "3 格，标题只有 2 列" in report.rejected[0].sentence()


def test_a_broken_line_of_jsonl_is_the_problem_of_that_line(database: Engine, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    good = [json.dumps({"id": str(n), "title": f"第{n}个难题怎样解决", "body": "损耗高"}) for n in range(4)]
    path.write_text("\n".join([good[0], '{"id": "x", "title": ', "", good[1], "[1]", good[2], good[3][:20]]), "utf-8")
    report = load(database, path)
    assert (report.rows_read, report.added) == (6, 3)
    assert [rejected.row for rejected in report.rejected] == [2, 5, 7]
    assert "没有传完" in report.rejected[2].sentence()


def test_a_last_line_cut_inside_a_character_is_the_problem_of_that_line(database: Engine, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    line = json.dumps({"title": "再生铝熔炼烧损偏高", "body": "损耗高"}, ensure_ascii=False).encode()
    path.write_bytes(codecs.BOM_UTF8 + line + b"\n" + line[:12])
    report = load(database, path)
    assert (report.added, [rejected.row for rejected in report.rejected]) == (1, [2])
