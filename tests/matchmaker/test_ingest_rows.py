"""What becomes of rows: the whole path into the database, its numbers, and the sentences about rows left out."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from matchmaker.database import migrate, open_database
from matchmaker.ingest import ImportKind, IngestOptions, IngestReport, ingest_file
from matchmaker.models import Achievement, Enterprise, IndexOutbox, Institution, RecordKind, TechnologyNeed

SHARED = Path(__file__).parents[3] / "shared" / "data"
DEMO = Path(__file__).parents[2] / "matchmaker" / "demo"
GOOD_CODE, OTHER_CODE = "91110000600037341L", "911201163409833307"


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def load(database: Engine, kind: ImportKind, path: Path, **options: Any) -> IngestReport:
    return ingest_file(database, kind, path, IngestOptions(**options))


def numbers(report: IngestReport) -> tuple[int, ...]:
    return report.rows_read, report.added, report.changed, report.unchanged, report.repeated_ids, len(report.rejected)


def need(number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"X{number}", "title": f"第{number}个难题怎样解决", "body": "损耗高", **more}


def count(database: Engine, table: type[Any]) -> int:
    with Session(database) as session:
        return session.exec(select(func.count()).select_from(table)).one()


@pytest.mark.parametrize(("kind", "file", "rows"), [("needs", "needs", 270), ("achievements", "patents", 958)])
def test_real_files_load_without_a_rejected_row_and_twice_without_a_change(
    database: Engine, kind: str, file: str, rows: int
) -> None:
    path = SHARED / f"{file}.jsonl"
    if not path.exists():
        pytest.skip(f"{path} is not here: the shared data live beside the project")
    first = load(database, ImportKind.parse(kind), path)
    assert numbers(first) == (rows, rows, 0, 0, 0, 0), first.to_text()
    assert first.unknown_columns == []
    waiting = count(database, IndexOutbox)
    assert numbers(load(database, ImportKind.parse(kind), path)) == (rows, 0, 0, rows, 0, 0)
    assert count(database, IndexOutbox) == waiting == rows


def test_patents_become_achievements_of_institutions_enterprises_or_persons(database: Engine, session: Session) -> None:
    path = SHARED / "patents.jsonl"
    if not path.exists():
        pytest.skip(f"{path} is not here: the shared data live beside the project")
    load(database, ImportKind.ACHIEVEMENTS, path)
    source = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for row in source:
        achievement = session.exec(select(Achievement).where(col(Achievement.source_id) == row["id"])).one()
        assert achievement.owner_name == row["owner"]
        assert achievement.summary == row["abstract"].strip()
        assert not (achievement.institution_id and achievement.enterprise_id)
    names = set(session.exec(select(Institution.name)))
    assert len(names) > 100
    assert not [name for name in names if name.endswith("公司")]
    assert not [name for name in session.exec(select(Enterprise.name)) if re.search("大学$|学院$|医院$|研究所$", name)]


def test_demo_files_load_without_a_rejected_row(database: Engine) -> None:
    files = [
        path for kind in ("enterprises", "needs", "achievements") for path in sorted((DEMO / kind).glob("*.jsonl"))
    ]
    if not files:
        pytest.skip("no demo files")
    for path in files:
        report = load(database, ImportKind.parse(path.parent.name), path, source="demo", is_demo=True)
        assert not len(report.rejected), f"{path}: {report.to_text()}"
        assert not report.unknown_columns, f"{path}: {report.to_text()}"
        assert report.added == report.rows_read
    for path in files:
        report = load(database, ImportKind.parse(path.parent.name), path, source="demo", is_demo=True)
        assert report.unchanged == report.rows_read, f"{path}: {report.to_text()}"


def test_all_problems_of_a_row_are_told_at_once(database: Engine, tmp_path: Path) -> None:
    row = {
        "技术需求名称": "",
        "需求单位": "甲有限公司",
        "主要问题": "损耗高" * 1000,
        "需求类型": "外包",
        "拟投入资金（元）": "50",
        "需求时限": "尽快",
        "技术领域": "玄学",
        "所在县市区": "鼓楼区",
        "统一社会信用代码": "123",
        "技术成熟度": "5-6",
    }
    report = load(database, ImportKind.NEEDS, lines(tmp_path / "a.jsonl", [row, need(1)]), keep_records=True)
    assert numbers(report) == (2, 1, 0, 0, 0, 1)
    (returned, _) = report.records
    problems = {problem.column: problem for problem in [*returned.problems, *returned.warnings]}
    assert set(problems) == set(row) - {"需求单位"} | {"技术需求名称"}
    assert [one.column for one in report.rejected[0].problems] == ["技术需求名称"]
    assert problems["技术需求名称"].reason == "没有填写"
    assert problems["主要问题"].reason == "超过 2000 个字，已并入需求描述"
    assert "看起来是万元" in problems["拟投入资金（元）"].repair
    assert all(problem.reason and problem.repair for problem in problems.values())
    assert "第 1 行：" in report.to_text()
    assert not re.search("[A-Za-z]{6,}", report.rejected[0].sentence()), report.rejected[0].sentence()


def test_a_message_never_contains_contact_data(database: Engine, tmp_path: Path) -> None:
    secret = "1390000" + "1234" * 40
    row = need(1, 联系人="张" * 100, 联系电话=secret, 邮箱="a" * 200 + "@example.cn", 需求类型="外包")
    report = load(database, ImportKind.NEEDS, lines(tmp_path / "a.jsonl", [row]))
    said = report.to_text() + repr(report.warnings[0]) + repr(report)
    assert {problem.column for problem in report.warnings[0].problems} >= {"联系人", "联系电话", "邮箱", "需求类型"}
    for hidden in ("张张", "1234", "aaa"):
        assert hidden not in said


def test_a_form_with_an_empty_main_problem_is_sent_back_a_list_of_titles_is_not(
    database: Engine, session: Session, tmp_path: Path
) -> None:
    form = lines(tmp_path / "form.jsonl", [{"技术需求名称": "再生铝熔炼烧损偏高", "主要问题": ""}])
    assert "请至少填写“主要问题”" in load(database, ImportKind.NEEDS, form).rejected[0].sentence()
    titles = lines(tmp_path / "titles.jsonl", [{"title": "再生铝熔炼烧损偏高", "body": ""}])
    report = load(database, ImportKind.NEEDS, titles)
    assert (report.added, report.title_only) == (1, 1)
    assert "只有名称" in report.to_text()
    assert session.exec(select(TechnologyNeed.description)).one() == "再生铝熔炼烧损偏高"


def test_budget_ends_that_are_the_wrong_way_round_are_left_out(
    database: Engine, session: Session, tmp_path: Path
) -> None:
    path = lines(tmp_path / "a.jsonl", [need(1, budget_min_wan=120, budget_max_wan=50)])
    assert "预算下限高于上限" in load(database, ImportKind.NEEDS, path).warnings[0].sentence()
    found = session.exec(select(TechnologyNeed)).one()
    assert (found.budget_min_fen, found.budget_max_fen) == (None, None)


def test_two_columns_of_one_field_are_joined_or_must_agree(database: Engine, session: Session, tmp_path: Path) -> None:
    rows = [
        need(1, 手机="13800000000", 固定电话="0558-1234567"),
        need(2, 行业="C26", 行业代码="C26"),
        need(3, 行业="C26", 行业代码="C27"),
    ]
    report = load(database, ImportKind.NEEDS, lines(tmp_path / "a.jsonl", rows))
    assert numbers(report) == (3, 3, 0, 0, 0, 0)
    assert "与“行业”的内容不同" in report.warnings[-1].sentence()
    assert session.exec(select(TechnologyNeed)).first().contact_phone == "13800000000、0558-1234567"  # type: ignore[union-attr]


def test_a_government_need_has_a_poster_and_no_enterprise(database: Engine, session: Session, tmp_path: Path) -> None:
    load(database, ImportKind.NEEDS, lines(tmp_path / "a.jsonl", [need(1, 需求单位="望川县农业农村局")]))
    found = session.exec(select(TechnologyNeed)).one()
    assert (found.poster_name, found.poster_type, found.enterprise_id) == ("望川县农业农村局", "government", None)
    assert count(database, Enterprise) == 0


def test_of_several_rows_with_one_id_the_last_counts_and_loading_again_changes_nothing(
    database: Engine, session: Session, tmp_path: Path
) -> None:
    rows = [need(1, body="第一稿"), need(2), need(1, body="第二稿"), need(3), need(1, body="第三稿")]
    path = lines(tmp_path / "a.jsonl", rows)
    for batch_size in (1, 2, 1000):
        other = f"batch{batch_size}"
        assert numbers(load(database, ImportKind.NEEDS, path, batch_size=batch_size, source=other)) == (
            5,
            3,
            0,
            0,
            2,
            0,
        )
        report = load(database, ImportKind.NEEDS, path, batch_size=batch_size, source=other)
        assert numbers(report) == (5, 0, 0, 3, 2, 0)
        assert "以文件中最后一行为准" in report.to_text()
    found = session.exec(select(TechnologyNeed).where(col(TechnologyNeed.source_id) == "X1")).all()
    assert [(one.description, one.version) for one in found] == [("第三稿", 1)] * 3


def test_a_row_without_id_is_known_by_its_content(database: Engine, tmp_path: Path) -> None:
    rows = [{"需求名称": f"第{n}个难题怎样解决", "需求描述": "损耗高"} for n in (1, 2, 1)]
    path = lines(tmp_path / "a.jsonl", rows)
    assert numbers(load(database, ImportKind.NEEDS, path)) == (3, 2, 0, 1, 0, 0)
    other = path.rename(tmp_path / "另一个文件名.jsonl")
    assert numbers(load(database, ImportKind.NEEDS, other)) == (3, 0, 0, 3, 0, 0)


def test_a_changed_row_is_brought_up_to_date_and_queued_once_more(
    database: Engine, session: Session, tmp_path: Path
) -> None:
    load(database, ImportKind.NEEDS, lines(tmp_path / "a.jsonl", [need(1), need(2)]))
    report = load(database, ImportKind.NEEDS, lines(tmp_path / "b.jsonl", [need(1, body="损耗更高"), need(2)]))
    assert numbers(report) == (2, 0, 1, 1, 0, 0)
    assert count(database, IndexOutbox) == 3


@pytest.mark.parametrize("in_memory", [False, True])
def test_a_dry_run_has_the_same_numbers_and_writes_nothing(database: Engine, tmp_path: Path, in_memory: bool) -> None:
    if in_memory:
        database = open_database("sqlite://")
        migrate(database)
    rows: list[dict[str, Any]] = [
        {"企业名称": "甲有限公司", "统一社会信用代码": GOOD_CODE},
        {"企业名称": "乙有限公司", "企业编号": "E2", "统一社会信用代码": OTHER_CODE},
        {"企业名称": "丙有限公司", "企业编号": "E3"},
        {"企业名称": "丁有限公司", "企业编号": "E4", "统一社会信用代码": "1"},
    ]
    path = lines(tmp_path / "a.jsonl", rows)
    dry = load(database, ImportKind.ENTERPRISES, path, dry_run=True, batch_size=2)
    assert count(database, Enterprise) == 0
    assert dry.to_text().startswith("试运行（没有写入）")
    real = load(database, ImportKind.ENTERPRISES, path, batch_size=2)
    assert numbers(dry) == numbers(real) == (4, 3, 0, 0, 0, 1)
    again = load(database, ImportKind.ENTERPRISES, path, dry_run=True, batch_size=1)
    assert numbers(again) == (4, 0, 0, 3, 0, 1)
    database.dispose()


@pytest.mark.parametrize("dry_run", [False, True])
def test_what_the_database_refuses_is_the_problem_of_that_row_alone(
    database: Engine, tmp_path: Path, dry_run: bool
) -> None:
    load(
        database,
        ImportKind.ENTERPRISES,
        lines(
            tmp_path / "a.jsonl",
            [{"id": "E1", "name": "甲有限公司", "credit_code": GOOD_CODE}, {"id": "E2", "name": "乙有限公司"}],
        ),
    )
    rows = [
        {"id": "E8", "name": "戊有限公司"},
        {"id": "E2", "name": "乙有限公司", "credit_code": GOOD_CODE},
        {"id": "E9", "name": "己有限公司"},
    ]
    report = load(database, ImportKind.ENTERPRISES, lines(tmp_path / "b.jsonl", rows), dry_run=dry_run)
    assert numbers(report) == (3, 2, 0, 0, 0, 1)
    assert "已属于“甲有限公司”" in report.rejected[0].sentence()
    assert count(database, Enterprise) == (2 if dry_run else 4)


def test_a_refused_row_leaves_no_trace_in_the_outbox(database: Engine, session: Session, tmp_path: Path) -> None:
    first = need(1, enterprise_credit_code=GOOD_CODE, enterprise_name="甲有限公司")
    load(database, ImportKind.NEEDS, lines(tmp_path / "a.jsonl", [first]))
    rows = [need(number, enterprise_name=f"{number}有限公司") for number in range(2, 40)]
    report = load(database, ImportKind.NEEDS, lines(tmp_path / "b.jsonl", [*rows, need(40, title="长")]), batch_size=7)
    assert (report.added, len(report.rejected)) == (38, 1)
    queued = session.exec(select(IndexOutbox.record_id).where(col(IndexOutbox.kind) == RecordKind.NEEDS)).all()
    assert sorted(queued) == sorted(one for one in session.exec(select(TechnologyNeed.id)) if one is not None)


def test_enterprises_and_institutions_named_first_are_filled_in_by_their_list(
    database: Engine, session: Session, tmp_path: Path
) -> None:
    load(database, ImportKind.NEEDS, lines(tmp_path / "a.jsonl", [need(1, 企业名称="甲有限公司")]))
    listed = lines(
        tmp_path / "b.csv.jsonl",
        [{"企业名称": "甲有限公司", "统一社会信用代码": GOOD_CODE, "企业资质": "高企、小巨人", "所在县市区": "澄东区"}],
    )
    assert numbers(load(database, ImportKind.ENTERPRISES, listed)) == (1, 0, 1, 0, 0, 0)
    assert numbers(load(database, ImportKind.ENTERPRISES, listed)) == (1, 0, 0, 1, 0, 0)
    found = session.exec(select(Enterprise)).one()
    assert (found.credit_code, found.region_code, len(found.qualifications)) == (GOOD_CODE, "990102", 2)
    schools = lines(
        tmp_path / "c.jsonl",
        [{"机构名称": "江岳大学", "机构类型": "高校", "所在地": "北京市", "研究方向": "高分子材料"}],
    )
    assert load(database, ImportKind.INSTITUTIONS, schools).added == 1
    with Session(database) as later:
        assert later.exec(select(Institution)).one().institution_type == "university"


def test_progress_is_told_after_every_commit(database: Engine, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    path = lines(tmp_path / "a.jsonl", [need(number) for number in range(25)])
    options = IngestOptions(batch_size=10)
    ingest_file(database, ImportKind.NEEDS, path, options, lambda done, total: told.append((done, total)))
    assert told == [(10, 25), (20, 25), (25, 25)]


def test_a_writer_beside_the_import_is_waited_for(database: Engine, tmp_path: Path) -> None:
    """The relay of a running server writes between our batches, and between our first read and first write."""
    path = lines(tmp_path / "a.jsonl", [need(number) for number in range(30)])

    def write_beside(_done: int, _total: int | None) -> None:
        with Session(database) as session:
            session.add(IndexOutbox(kind=RecordKind.NEEDS, record_id=1))
            session.commit()

    report = ingest_file(database, ImportKind.NEEDS, path, IngestOptions(batch_size=5), write_beside)
    assert report.added == 30


def test_thousands_of_rejected_rows_are_all_kept_in_order(database: Engine, tmp_path: Path) -> None:
    rows = [need(number, title="长") for number in range(2500)]
    report = load(database, ImportKind.NEEDS, lines(tmp_path / "a.jsonl", rows))
    assert [rejected.row for rejected in report.rejected] == list(range(1, 2501))
    assert [rejected.row for rejected in report.rejected[1500:1503]] == [1501, 1502, 1503]
    assert report.rejected[-1].cells[0] == "X2499"
    assert "还有 2480 行" in report.to_text()
