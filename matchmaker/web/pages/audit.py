"""The audit trail on pages: what happened in all, and the history of one record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy import ColumnElement, Engine, exists, or_
from sqlmodel import Session, col, func, select

from matchmaker.brokerage import pair_of, parts_of
from matchmaker.brokerage.life import STAFF
from matchmaker.brokerage.timeline import timeline
from matchmaker.contracts import concerns as contract_concerns
from matchmaker.contracts import readable_contract
from matchmaker.errors import NotFound
from matchmaker.models.achievement import Achievement
from matchmaker.models.audit import AuditAction, AuditEvent, AuditSeal, FieldChange
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.disclosure import Disclosure
from matchmaker.models.match import Match
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.review_queue import record_of
from matchmaker.revisions import versions_of
from matchmaker.rights import Actor, Right
from matchmaker.visibility import CITY_TIME, SearchedRecord, concerns, is_own, overseen
from matchmaker.web.dependencies import DatabaseDep, KnownActor, Requires, SessionDep
from matchmaker.web.pages.audit_words import in_words, label_of_field
from matchmaker.web.pages.review_view import label_of
from matchmaker.web.pages.view import moment
from matchmaker.web.readings import note_contract, note_reading
from matchmaker.web.templating import templates

router = APIRouter(include_in_schema=False, default_response_class=Response)

PAGE_SIZE = 50

TABLE_LABELS = {
    "technology_need": "技术需求",
    "achievement": "科技成果",
    "enterprise": "企业",
    "institution": "高校院所",
    "broker": "技术经纪人",
    "brokerage": "经纪机构",
    "brokerage_membership": "执业关系",
    "match": "对接",
    "follow_up": "跟进",
    "campaign": "征集批次",
    "report_document": "工作报告",
    "report_template": "报告模板",
    "revision": "修改申请",
    "account": "账号",
    "api_key": "接口密钥",
    "invitation": "邀请",
    "notice_robot": "通知机器人",
    "technology_contract": "技术合同",
    "contract_amendment": "合同变更",
    "contract_receipt": "合同到款",
    "target": "目标",
    "achievement_registration": "成果登记",
    "signing": "活动签约",
    "turnover_snapshot": "统计快照",
    "registry_list": "登记名单",
    "import_batch": "批量导入",
    "word_group": "检索词典",
}
# Where a record of that table is looked at.
_PATHS = {
    "technology_need": "/needs/",
    "achievement": "/achievements/",
    "match": "/carried/",
    "broker": "/brokers/",
    "brokerage": "/brokerages/",
    "campaign": "/campaigns/",
    "report_document": "/reports/",
    "technology_contract": "/contracts/",
    "turnover_snapshot": "/snapshots/",
}


@dataclass(frozen=True)
class Line:
    """One event as a person reads it."""

    moment: str
    who: str
    action: AuditAction
    what: str
    link: str
    reason: str
    changes: Sequence[tuple[str, FieldChange]]


@router.get("/audit")
def trail(
    request: Request,
    session: SessionDep,
    reader: Annotated[Actor, Depends(Requires(Right.READ_AUDIT))],
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """All events the official may see, newest first, with filters. A district sees what concerns its records."""
    asked = _asked(request)
    conditions = [*_within(reader), *asked.conditions()]
    total = session.exec(select(func.count()).select_from(AuditEvent).where(*conditions)).one()
    events = session.exec(
        select(AuditEvent)
        .where(*conditions)
        .order_by(col(AuditEvent.id).desc())
        .offset((page - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE)
    ).all()
    head = session.exec(select(AuditSeal).order_by(col(AuditSeal.sequence).desc()).limit(1)).first()
    context = {
        "lines": [_line(one, with_values=False) for one in events],
        "total": total,
        "page": page,
        "pages": max(1, -(-total // PAGE_SIZE)),
        "asked": asked,
        "actions": list(AuditAction),
        "tables": TABLE_LABELS,
        "head": head,
    }
    return templates.TemplateResponse(request, "audit/trail.html", context)


@router.get("/history/{kind}/{record_id:int}")
def history(
    request: Request,
    session: SessionDep,
    database: DatabaseDep,
    reader: KnownActor,
    kind: Annotated[str, Path(pattern="^(needs|achievements|matches|contracts)$")],
    record_id: Annotated[int, Path(ge=1, le=2**31 - 1)],
) -> Response:
    """Everything that ever happened to one record: for its owner and for the officials who answer for it."""
    title, table = _of_record(session, database, kind, record_id, reader)
    match = session.get(Match, record_id) if kind == "matches" else None
    events = session.exec(
        select(AuditEvent)
        .where(col(AuditEvent.table_name) == table, col(AuditEvent.record_id) == record_id)
        .order_by(col(AuditEvent.id).desc())
        .limit(500)
    ).all()
    context = {
        "title": title,
        "back": f"{_PATHS[table]}{record_id}",
        "lines": [_line(one, with_values=True) for one in events],
        "versions": [] if kind in ("matches", "contracts") else _versions(session, RecordKind.parse(kind), record_id),
        "life": timeline(session, match, reader=reader) if match else [],
        "written": moment,
    }
    return templates.TemplateResponse(request, "audit/history.html", context)


@dataclass(frozen=True)
class _ApprovedVersion:
    """A version of a published record that came of an approved change."""

    number: int
    approved: str
    by: str
    asked_by: str
    fields: str


def _versions(session: Session, kind: RecordKind, record_id: int) -> list[_ApprovedVersion]:
    record = record_of(session, kind, record_id)
    return [
        _ApprovedVersion(
            number=one.revision.approved_version or 0,
            approved=moment(one.revision.reviewed_at),
            by=one.approved_by,
            asked_by=one.submitted_by,
            fields="、".join(label_of(kind, name) for name in one.revision.values),
        )
        for one in (versions_of(session, record) if record else [])
    ]


def _of_record(session: Session, database: Engine, kind: str, record_id: int, reader: Actor) -> tuple[str, str]:
    """Title and table of the record; that its former texts are read is noted.

    Raises NotFound, also for one whose history is not this reader's.
    """
    missing = NotFound(f"没有编号为 {record_id} 的记录，或您无权查看它的历史", "请从列表重新进入")
    if kind == "matches":
        found = session.exec(select(Match).where(col(Match.id) == record_id, concerns(reader))).first()
        # A side reads the match's own page: here stands in plain words why the other one declined.
        if found is None or not parts_of(pair_of(session, found), reader) & STAFF:
            raise missing
        return f"对接 {record_id}", "match"
    if kind == "contracts":
        contract = readable_contract(session, record_id, reader)
        note_contract(database, contract, reader)
        return contract.title, "technology_contract"
    record: SearchedRecord | None
    record = session.get(TechnologyNeed, record_id) if kind == "needs" else session.get(Achievement, record_id)
    if record is None or not (is_own(record, reader) or reader.oversees(record.region_code)):
        raise missing
    note_reading(database, record, Disclosure.PARTIES, reader)
    return record.title, str(record.__tablename__)


@dataclass(frozen=True)
class _Asked:
    """The filters in the address."""

    who: str
    action: AuditAction | None
    table: str
    since: date | None
    until: date | None

    def conditions(self) -> list[ColumnElement[bool]]:
        found = []
        if self.who:
            found.append(col(AuditEvent.actor_name) == self.who)
        if self.action:
            found.append(col(AuditEvent.action) == self.action)
        if self.table:
            found.append(col(AuditEvent.table_name) == self.table)
        if self.since:
            found.append(col(AuditEvent.at) >= datetime.combine(self.since, time(), CITY_TIME))
        if self.until:
            found.append(col(AuditEvent.at) < datetime.combine(self.until + timedelta(days=1), time(), CITY_TIME))
        return found


def _asked(request: Request) -> _Asked:
    """Filters that mean nothing are no filters: the page then shows everything."""
    given = request.query_params
    action = given.get("action", "")
    return _Asked(
        who=given.get("who", "").strip()[:80],
        action=AuditAction(action) if action in {one.value for one in AuditAction} else None,  # type: ignore[call-arg]
        table=given.get("table", "") if given.get("table", "") in TABLE_LABELS else "",
        since=_day(given.get("since", "")),
        until=_day(given.get("until", "")),
    )


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    # The day after the last one there is cannot be asked for.
    return found if date.min < found < date.max else None


def _within(reader: Actor) -> list[ColumnElement[bool]]:
    """SQL conditions: the events this official may see."""
    if reader.oversees_everything:
        return []
    hers: list[ColumnElement[bool]] = [col(AuditEvent.account_id) == reader.account_id]
    for table in (TechnologyNeed, Achievement):
        about = col(AuditEvent.table_name) == table.__tablename__
        hers.append(about & exists().where(col(table.id) == col(AuditEvent.record_id), overseen(table, reader)))
    about = col(AuditEvent.table_name) == Match.__tablename__
    hers.append(about & exists().where(col(Match.id) == col(AuditEvent.record_id), concerns(reader)))
    about = col(AuditEvent.table_name) == TechnologyContract.__tablename__
    of_hers = exists().where(col(TechnologyContract.id) == col(AuditEvent.record_id), contract_concerns(reader))
    hers.append(about & of_hers)
    return [or_(*hers)]


def _line(one: AuditEvent, *, with_values: bool) -> Line:
    path = _PATHS.get(one.table_name, "")
    return Line(
        moment=one.at.astimezone(CITY_TIME).strftime("%Y-%m-%d %H:%M:%S"),
        who=one.actor_name or "平台",
        action=one.action,
        what=f"{TABLE_LABELS.get(one.table_name, '')} {one.record_id or ''}".strip(),
        link=f"{path}{one.record_id}" if path and one.record_id and one.action != AuditAction.REMOVED else "",
        reason=one.reason,
        # The list says which fields changed; what stood in them is for the record's own history.
        changes=[
            (
                label_of_field(TABLE_LABELS.get(one.table_name, ""), change.field),
                in_words(change) if with_values else FieldChange(field=change.field),
            )
            for change in one.changes
        ],
    )
