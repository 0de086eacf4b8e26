"""The files: read back what a reader would see, and what a template from outside may and may not do."""

import io
import re
import runpy
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from docx import Document
from python_calamine import CalamineWorkbook
from sqlmodel import Session, select

from matchmaker.errors import MalformedRequest, NotAllowed, NotFound, UnreadableFile
from matchmaker.models.account import Role
from matchmaker.models.audit import AuditAction, AuditEvent
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_words import DateBasis
from matchmaker.models.reporting import ReportDocument, TurnoverSnapshot
from matchmaker.period import Period
from matchmaker.reports import fonts
from matchmaker.reports.chart_images import png
from matchmaker.reports.context import PLACEHOLDERS, context_of
from matchmaker.reports.making import facts_in, make_report, make_report_apart, report_by_id, reports
from matchmaker.reports.office_templates import template_in_use, upload_template, use_template
from matchmaker.reports.pdf import pdf_of
from matchmaker.reports.word import LARGEST_TEMPLATE, check_template, shipped_template
from matchmaker.rights import PLATFORM
from matchmaker.snapshots import take_snapshot
from matchmaker.visibility import today
from tests.factories import actor_for, make_account, make_registered
from tests.matchmaker.reports.year import CITY, CONTRACTS, EAST, EVENT, WEST, YEAR, make_year, on

Edit = Callable[[str], bytes]


@pytest.fixture
def document(session: Session) -> ReportDocument:
    make_year(session, registrations=20)
    return make_report(session, year=YEAR, region_code=CITY, by=PLATFORM)


def paragraphs(word: bytes) -> list[str]:
    return [one.text for one in Document(io.BytesIO(word)).paragraphs if one.text]


def test_the_paragraph_states_what_the_bureau_stated(session: Session) -> None:
    make_year(session, achievements=1034)
    document = make_report(session, year=YEAR, region_code=CITY, by=PLATFORM)
    told = "".join(paragraphs(document.word))
    for statement in (
        "先后征集到企业和政府部门的技术需求120多项",
        "向企业发布清华大学、上海交通大学、南京大学等高校院所先进科技成果千余项",
        "全年累计登记省科技成果615项",
        "技术合同成交额达到2.44亿元，超额完成省科技厅下达的1.8亿元目标任务，完成率135.6%",
        f"在{EVENT}上，澄湖示例企业与江南示例大学",
        "等合计23个项目进行了现场签约",
        "技术合同交易额突破2.8亿元、科技成果登记数800项以上",
        "不是同一指标",
    ):
        assert statement in told
    assert "{{" not in told
    assert "{%" not in told


def test_tables_and_charts_stand_in_the_document(document: ReportDocument) -> None:
    opened = Document(io.BytesIO(document.word))
    tables = {table.rows[0].cells[0].text: table for table in opened.tables}
    assert list(tables) == ["月份", "合同类别", "技术领域", "合作地区", "县市区", "阶段", "指标"]
    assert [cell.text for cell in tables["月份"].rows[-1].cells] == ["合计", "6", "24,400.00", "19,520.00", "100.0%"]
    assert len(tables["月份"].rows) == 14
    assert len(opened.inline_shapes) == 5
    sources = {row.cells[0].text: row.cells[3].text for row in tables["指标"].rows[1:]}
    assert sources["成交额"] == f"快照第{document.snapshot_id}号"
    assert sources["需求数"].startswith("平台记录")
    # Every number of the report is among them.
    numbered = {one.name for one in facts_in(document).facts if one.value is not None}
    assert set(sources) == numbered


def test_needs_that_nobody_carried_make_no_funnel(session: Session) -> None:
    make_year(session, achievements=1, registrations=1)
    for contract in session.exec(select(TechnologyContract)):
        contract.need_id = None
    made = make_report(session, year=YEAR, region_code=CITY, by=PLATFORM)
    assert "阶段" not in {table.rows[0].cells[0].text for table in Document(io.BytesIO(made.word)).tables}
    assert not any("从需求到合同" in one for one in paragraphs(made.word))
    assert "三、下一年目标" in paragraphs(made.word)
    assert "转化漏斗" not in CalamineWorkbook.from_filelike(io.BytesIO(made.annex)).sheet_names


def test_a_year_that_goes_on_says_until_when(session: Session) -> None:
    make_year(session, achievements=1, registrations=3)
    snapshot = _snapshot_of_may(session)
    made = make_report(session, year=YEAR, region_code=CITY, by=PLATFORM, snapshot=snapshot)
    told = "".join(paragraphs(made.word))
    assert made.title == "澄湖市2025年技术转移工作情况（截至5月31日）"
    assert "（数据截至2025年5月31日）" in told
    assert "2025年1月1日至5月31日，澄湖市先后征集到" in told
    assert "年内累计登记省科技成果" in told
    # Neither an achievement nor a signing so far: no sentence of nothing.
    assert "向企业发布" not in told
    assert "现场签约" not in told


def test_what_a_year_without_contracts_says(session: Session) -> None:
    told = "".join(paragraphs(make_report(session, year=YEAR, region_code=CITY, by=PLATFORM).word))
    assert "2025年，澄湖市没有征集到技术需求。全年没有登记省科技成果；没有认定登记的技术合同。" in told
    assert "没有认定登记的技术合同。" in told
    assert "表1" not in told
    assert "下一年目标" not in told


def test_a_district_has_no_table_of_districts(session: Session) -> None:
    make_year(session, achievements=1, registrations=1)
    made = make_report(session, year=YEAR, region_code=EAST, by=PLATFORM)
    assert "县市区" not in {table.rows[0].cells[0].text for table in Document(io.BytesIO(made.word)).tables}
    told = paragraphs(made.word)
    assert [one for one in told if one.startswith("表")][-1].startswith(("表4：", "表5：当年发布的需求"))


def test_records_counted_later_than_the_snapshot_say_so(session: Session) -> None:
    make_year(session, achievements=1, registrations=1)
    made = make_report(session, year=YEAR, region_code=CITY, by=PLATFORM, snapshot=_snapshot_of_may(session))
    (table,) = (one for one in Document(io.BytesIO(made.word)).tables if one.rows[0].cells[0].text == "指标")
    sources = {row.cells[0].text: row.cells[3].text for row in table.rows[1:]}
    assert sources["需求数"].endswith(f"统计（快照第{made.snapshot_id}号固定于2025年5月31日）")


def test_a_year_to_come_is_not_reported(session: Session) -> None:
    with pytest.raises(MalformedRequest, match="还没有开始"):
        make_report(session, year=today().year + 1, region_code=CITY, by=PLATFORM)


def _snapshot_of_may(session: Session) -> TurnoverSnapshot:
    snapshot = take_snapshot(
        session,
        name="五月",
        period=Period.of_year(YEAR),
        region_code=CITY,
        date_basis=DateBasis.REGISTERED,
        by=PLATFORM,
    )
    snapshot.taken_at = on(date(YEAR, 5, 31))
    return snapshot


def test_the_annex_has_numbers_as_numbers(document: ReportDocument) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(document.annex))
    facts = {row[0]: row for row in book.get_sheet_by_name("数据来源").to_python()}
    assert facts["成交额"][2] == sum(CONTRACTS) * 10_000
    assert facts["需求数"][2] == 126
    contracts = book.get_sheet_by_name("合同明细").to_python()
    assert sum(row[5] for row in contracts[1:]) == sum(CONTRACTS) * 10_000
    assert [row[6] for row in contracts[1:]] == [float(value) for value in CONTRACTS]
    # Every table can be made again from them.
    for key, sheet in ((12, "按县市区情况"), (13, "按类别情况"), (15, "按合作地区情况")):
        for line in book.get_sheet_by_name(sheet).to_python()[1:]:
            if line[0] == "合计":
                break
            assert sum(row[5] for row in contracts[1:] if row[key] == line[0]) == line[2], (sheet, line[0])
    months = book.get_sheet_by_name("按月情况").to_python()
    assert months[13][:3] == ["合计", 6, sum(CONTRACTS) * 10_000]
    assert len(book.get_sheet_by_name("登记的科技成果").to_python()) == 21
    assert len(book.get_sheet_by_name("现场签约项目").to_python()) == 24


def test_a_title_that_looks_like_a_formula_stays_text(session: Session) -> None:
    make_registered(session, title='=HYPERLINK("x")', registered_on=date(YEAR, 5, 1), signed_on=date(YEAR, 4, 1))
    made = make_report(session, year=YEAR, region_code=CITY, by=PLATFORM)
    book = CalamineWorkbook.from_filelike(io.BytesIO(made.annex))
    assert book.get_sheet_by_name("合同明细").to_python()[1][1] == '=HYPERLINK("x")'
    with zipfile.ZipFile(io.BytesIO(made.annex)) as archive:
        assert not any(b"<f>" in archive.read(name) for name in archive.namelist() if "worksheets/" in name)


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_the_pdf_has_a_glyph_for_every_character(document: ReportDocument) -> None:
    assert document.pdf is not None
    # Compiled as PDF/A-2u, which typst refuses where a character has no glyph.
    assert b"pdfaid" in document.pdf
    assert pages(document.pdf) >= 4
    pictures = re.findall(rb"/Subtype\s*/Image", document.pdf)
    assert len(pictures) >= 5


def word_of(*texts: str) -> bytes:
    made, written = Document(), io.BytesIO()
    for text in texts:
        made.add_paragraph(text)
    made.save(written)
    return written.getvalue()


def test_the_pdf_takes_text_for_text() -> None:
    """What means something to typst is written as it is."""
    plain = pdf_of(word_of("成交额 2.44 亿元"))
    odd = pdf_of(word_of('#import "x" $a$ *b* _c_ @d <e> \\ [f] {g} `h` // i /* j'))
    assert pages(plain) == pages(odd) == 1
    assert b"pdfaid" in odd


@pytest.mark.parametrize(
    "text",
    [
        "{% set a = 年份 ~ 年份 %}{{ a }}",
        "{% set a %}{{ 年份 }}{{ 年份 }}{% endset %}{{ a }}",
        "{{ 年份 ~ 年份 }}",
        "{{ 年份 + 年份 }}",
        "{{ 年份 * 9 }}",
        "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
        "{% for a in 来源 %}{% for b in 来源 %}{% for c in 来源 %}{{ a }}{% endfor %}{% endfor %}{% endfor %}",
        "{% if 图_按月 %}{% include '/etc/passwd' %}{% endif %}",
        "{{ 年份.upper() }}",
        "{{ 年份.__class__.__mro__ }}",
        "{% if 图_按月 %}{{ 图_按月.tpl.save('x') }}{% endif %}",
    ],
)
def test_a_template_can_neither_grow_without_end_nor_reach_out(text: str) -> None:
    with pytest.raises(UnreadableFile):
        check_template("模板.docx", word_of(text))


def test_a_character_without_a_glyph_leaves_a_document_all_the_same() -> None:
    made = pdf_of(word_of("题名 \U00012000"))
    assert pages(made) == 1
    assert b"pdfaid" not in made


def test_a_template_that_cannot_be_set_as_pdf_leaves_the_word_document(session: Session) -> None:
    """A damaged picture: Word shows an empty frame, typst none at all."""
    make_year(session, achievements=1, registrations=1)
    made, written, damaged = Document(io.BytesIO(shipped_template())), io.BytesIO(), io.BytesIO()
    made.add_picture(io.BytesIO(png({"series": []}, 10, 10)))
    made.save(written)
    with zipfile.ZipFile(written) as whole, zipfile.ZipFile(damaged, "w") as broken:
        for name in whole.namelist():
            broken.writestr(name, b"\x89PNG" if name.startswith("word/media/") else whole.read(name))
    upload_template(session, "本局.docx", damaged.getvalue(), by=PLATFORM)
    report = make_report(session, year=YEAR, region_code=CITY, by=PLATFORM)
    assert report.pdf is None
    assert len(report.missing) == 1
    assert "另存为 PDF" in report.missing[0]
    assert "2.44亿元" in "".join(paragraphs(report.word))


def test_without_a_chinese_font_the_rest_is_made(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    make_year(session, achievements=1, registrations=1)
    monkeypatch.setattr(fonts, "_FAMILIES", ("No Such Family",))
    fonts.chinese_font.cache_clear()
    try:
        made = make_report(session, year=YEAR, region_code=CITY, by=PLATFORM)
    finally:
        fonts.chinese_font.cache_clear()
    assert made.pdf is None
    assert len(made.missing) == 1
    assert "fonts-wqy-microhei" in made.missing[0]
    assert "2.44亿元" in "".join(paragraphs(made.word))
    assert len(Document(io.BytesIO(made.word)).inline_shapes) == 0


def test_the_context_is_the_list_of_placeholders(document: ReportDocument) -> None:
    offered = {one.name for one in PLACEHOLDERS}
    given = set(context_of(facts_in(document), {}))
    assert offered <= given
    # Round words of counts that nobody needs are not advertised, but nothing else is missing from the list.
    assert all(name.endswith("约") for name in given - offered)


@pytest.fixture
def edited() -> Edit:
    """The shipped template with a paragraph more."""

    def edit(text: str) -> bytes:
        made, written = Document(io.BytesIO(shipped_template())), io.BytesIO()
        made.add_paragraph(text)
        made.save(written)
        return written.getvalue()

    return edit


def test_the_shipped_template_passes_its_own_check() -> None:
    check_template("报告.docx", shipped_template())


def test_an_edited_template_shows_in_both_files(session: Session, edited: Edit) -> None:
    make_year(session, achievements=1, registrations=1)
    own = upload_template(session, "本局.docx", edited("经办科室：成果科，成交额{{ 成交额 }}"), by=PLATFORM)
    made = make_report(session, year=YEAR, region_code=CITY, by=PLATFORM)
    assert made.template_id == own.id
    assert paragraphs(made.word)[-1] == "经办科室：成果科，成交额2.44亿元"
    use_template(session, None, by=PLATFORM)
    plain = make_report(session, year=YEAR, region_code=CITY, by=PLATFORM)
    assert plain.template_id is None
    assert made.pdf is not None
    assert plain.pdf is not None
    assert len(made.pdf) != len(plain.pdf)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ 成交总额 }}", "“成交总额”"),
        ("{% if 年份 == '1' %}{{ 没有的 }}{% endif %}", "“没有的”"),
        ("{{ 按月.没有的 }}", "“没有的”"),
        ("{{ 年份", "写法有误"),
        ("{% for 行 in 按月.行 %}", "写法有误"),
        ("{{ 'a' * 999999999 }}", "不允许"),
        ("{{ ''.__class__.__mro__ }}", "不允许"),
        ("{{ 年份.upper() }}", "不允许"),
        ("{{ range(9) }}", "不允许"),
        ("{{ 年份|center(999999999) }}", "写法有误"),
        ("{% include '/etc/passwd' %}", "不允许"),
    ],
)
def test_what_a_template_may_not_say(edited: Edit, text: str, said: str) -> None:
    with pytest.raises(UnreadableFile, match=said) as refused:
        check_template("改.docx", edited(text))
    assert refused.value.fix


def test_unknown_names_are_listed_with_the_known_ones(edited: Edit) -> None:
    with pytest.raises(UnreadableFile) as refused:
        check_template("改.docx", edited("{{ 甲 }}{{ 乙 }}"))
    assert "“乙”、“甲”" in refused.value.detail
    assert "成交额名称" in refused.value.fix


def packed(*, add: dict[str, bytes], replace: tuple[bytes, bytes] = (b"", b"")) -> bytes:
    """The shipped template with parts added, and a text replaced in its list of types."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(shipped_template())) as old, zipfile.ZipFile(written, "w") as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename == "[Content_Types].xml":
                content = content.replace(*replace)
            new.writestr(info, content)
        for name, content in add.items():
            new.writestr(name, content)
    return written.getvalue()


REMOTE = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" '
    b'Target="http://elsewhere.example/t.dotm" TargetMode="External"/></Relationships>'
)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("改.docm", shipped_template(), "不是 .docx"),
        ("改.docx", b"PK not a zip", "已损坏"),
        ("改.docx", b"\0" * (LARGEST_TEMPLATE + 1), "超过 5 MB"),
        ("改.docx", packed(add={"word/vbaProject.bin": b"x"}), "含有宏"),
        ("改.docx", packed(add={}, replace=(b"document.main+xml", b"document.macroEnabled.main+xml")), "含有宏"),
        ("改.docx", packed(add={"word/embeddings/oleObject1.bin": b"x"}), "OLE"),
        ("改.docx", packed(add={"word/_rels/settings.xml.rels": REMOTE}), "外部文件"),
    ],
)
def test_files_that_are_refused(name: str, content: bytes, said: str) -> None:
    with pytest.raises(UnreadableFile, match=said):
        check_template(name, content)


def test_a_workbook_is_no_template(document: ReportDocument) -> None:
    with pytest.raises(UnreadableFile, match="不是 Word"):
        check_template("改.docx", document.annex)


def test_who_may_make_and_read_what(session: Session) -> None:
    east = actor_for(session, make_account(session, role=Role.DISTRICT_OFFICIAL, region_code=EAST))
    city = actor_for(session, make_account(session, role=Role.CITY_OFFICIAL))
    firm = actor_for(session, make_account(session, role=Role.ENTERPRISE))
    make_year(session, achievements=1, registrations=1)
    own = make_report(session, year=YEAR, region_code=EAST, by=east)
    whole = make_report(session, year=YEAR, region_code=CITY, by=city)
    with pytest.raises(NotAllowed):
        make_report(session, year=YEAR, region_code=CITY, by=east)
    with pytest.raises(NotAllowed):
        make_report(session, year=YEAR, region_code=WEST, by=east)
    with pytest.raises(NotAllowed):
        make_report(session, year=YEAR, region_code=CITY, by=firm)
    with pytest.raises(MalformedRequest):
        make_report(session, year=YEAR, region_code="340100", by=city)
    assert own.id is not None
    assert whole.id is not None
    assert report_by_id(session, own.id, reader=east) is own
    with pytest.raises(NotFound):
        report_by_id(session, whole.id, reader=east)
    with pytest.raises(NotAllowed):
        report_by_id(session, own.id, reader=firm)
    assert [one.id for one in reports(session, reader=east)[0]] == [own.id]
    assert reports(session, reader=city)[1] == 2
    with pytest.raises(NotAllowed):
        upload_template(session, "本局.docx", shipped_template(), by=east)


def test_making_one_leaves_an_event(session: Session) -> None:
    made = make_report(session, year=YEAR, region_code=CITY, by=PLATFORM)
    wanted = select(AuditEvent).where(AuditEvent.table_name == "report_document", AuditEvent.record_id == made.id)
    assert [one.action for one in session.exec(wanted)] == [AuditAction.ADDED]


def test_a_given_snapshot_is_used_and_a_strange_one_is_not(session: Session) -> None:
    make_year(session, achievements=1, registrations=1)
    first = make_report(session, year=YEAR, region_code=CITY, by=PLATFORM)
    session.commit()
    database = session.get_bind()
    again = make_report_apart(
        database,  # type: ignore[arg-type]
        year=YEAR,
        region_code=CITY,
        by=PLATFORM,
        snapshot_id=first.snapshot_id,
    )
    second = session.get(ReportDocument, again)
    assert second is not None
    assert second.snapshot_id == first.snapshot_id
    assert second.facts["breakdowns"] == first.facts["breakdowns"]
    assert len(session.exec(select(TurnoverSnapshot)).all()) == 1
    with pytest.raises(NotFound):
        make_report_apart(database, year=YEAR, region_code=EAST, by=PLATFORM, snapshot_id=first.snapshot_id)  # type: ignore[arg-type]


def test_the_template_in_use_is_the_last_one_chosen(session: Session, edited: Edit) -> None:
    assert template_in_use(session) is None
    first = upload_template(session, "一.docx", edited("一"), by=PLATFORM)
    second = upload_template(session, "二.docx", edited("二"), by=PLATFORM)
    assert template_in_use(session) is second
    use_template(session, first, by=PLATFORM)
    assert template_in_use(session) is first
    assert second.is_active is False


def test_the_shipped_template_is_what_its_script_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = runpy.run_path(str(Path(__file__).parents[3] / "scripts" / "make_report_template.py"))
    monkeypatch.setitem(made["main"].__globals__, "TARGET", tmp_path / "annual.docx")
    made["main"]()

    def text(content: bytes) -> bytes:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.read("word/document.xml") + archive.read("word/styles.xml")

    assert text((tmp_path / "annual.docx").read_bytes()) == text(shipped_template())
