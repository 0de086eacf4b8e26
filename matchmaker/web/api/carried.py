"""`/carried`: matches that have been taken up, their life, their messages, and contacts once both sides agree."""

from datetime import date, datetime
from typing import Annotated, Self

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, Field, model_validator
from sqlmodel import Session

from matchmaker.audit import record_apart
from matchmaker.brokerage import (
    Due,
    Pair,
    SentStep,
    Step,
    Waiting,
    Wanted,
    carried_matches,
    confidential_read,
    contact_of,
    declined_because,
    do,
    follow_ups_of,
    messages_of,
    open_steps,
    pair_of,
    readable_match,
    shown_explanation,
    take_up,
    timeline,
    waits_for,
    what_is_missing,
    wish,
    with_records,
    write_message,
)
from matchmaker.database import session_scope
from matchmaker.disclosure import achievement_as_read, need_as_read
from matchmaker.errors import MalformedRequest
from matchmaker.harvest import Changes, harvested_matches
from matchmaker.matching import proposed
from matchmaker.models.achievement import AchievementPublic
from matchmaker.models.audit import AuditAction
from matchmaker.models.base import OUTSIDE
from matchmaker.models.match import Band, Explanation, MatchStatus, NdaStatus, RequirementVerdict, Side
from matchmaker.models.need import NeedPublic
from matchmaker.posting.answers import LONGEST_ANSWER, answer_question
from matchmaker.records import ACTOR
from matchmaker.rights import Actor, Right
from matchmaker.web.api.compact import Fields, chosen_fields, compact, with_fields
from matchmaker.web.api.harvesting import NEXT_SINCE_TEXT, SINCE_TEXT, RemovedRecord, harvested
from matchmaker.web.api.paging import NEXT_CURSOR_TEXT, Cursor, Limit, next_cursor, offset_of
from matchmaker.web.api.shapes import LARGEST_ID, RecordId
from matchmaker.web.dependencies import DatabaseDep, KnownActor, SessionDep
from matchmaker.web.readable import readable_achievement, readable_need

router = APIRouter(prefix="/carried", tags=["carried"])

Number = Annotated[int, Field(ge=1, le=LARGEST_ID)]


class CarriedShort(BaseModel):
    """A match in the list."""

    id: int
    version: int = Field(description="办理步骤时须一并送回")
    need_id: int
    need_title: str
    achievement_id: int
    achievement_title: str
    status: MatchStatus
    status_label: str = Field(examples=["已引荐"])
    waits_for: str = Field(description="正在等谁", examples=["待成果方答复"])
    nda: NdaStatus
    broker: str = Field(description="承办的经纪人")
    filed_at: datetime | None = Field(description="事先备案的时间")
    next_step: str
    due_on: date | None
    is_demo: bool
    updated_at: datetime


CarriedCompact = compact("CarriedCompact", CarriedShort)


class CarriedMatches(BaseModel):
    items: list[CarriedShort | CarriedCompact]  # type: ignore[valid-type]
    total: int = Field(description="符合条件的对接数")
    next_cursor: str | None = Field(description=NEXT_CURSOR_TEXT)
    page: int = Field(deprecated=True, description="旧的翻页方式：第几页")
    has_more: bool
    removed: list[RemovedRecord] = Field(default=[], description="已不再与您有关的对接；仅用 updated_since 时有内容")
    next_updated_since: datetime | None = Field(default=None, description=NEXT_SINCE_TEXT)


class LifeMoment(BaseModel):
    """One step of the life, as far as this reader may read it."""

    at: datetime
    who: str
    step: Step
    what: str
    after: MatchStatus
    note: str


class ThreadMessage(BaseModel):
    at: datetime
    who: str
    text: str


class FollowUpShown(BaseModel):
    days: int
    due_on: date
    done_at: datetime | None


class OpenMatchStep(BaseModel):
    """A step the caller may take now; `sides` where it is taken for one side."""

    step: Step
    label: str
    sides: list[Side]


class CarriedFull(CarriedShort):
    """One match with both records, as far as the caller is let in."""

    need: NeedPublic
    achievement: AchievementPublic
    score: float
    band: Band
    explanation: Explanation
    declined: str = Field(description="谢绝的原因；对另一方为委婉的说法")
    contacts_missing: str = Field(description="联系方式为何还不提供；空即可以查看")
    life: list[LifeMoment]
    messages: list[ThreadMessage]
    follow_ups: list[FollowUpShown]
    steps: list[OpenMatchStep] = Field(description="现在可以办理的步骤")


class ContactShown(BaseModel):
    """How to reach one side."""

    side: Side
    organisation: str
    name: str
    phone: str
    email: str


class NewCarried(BaseModel):
    model_config = OUTSIDE

    need_id: Number
    achievement_id: Number
    note: str = Field(default="", max_length=1000, description="希望对接的说明，经纪人和主管部门可见")


class NewMessage(BaseModel):
    model_config = OUTSIDE

    text: str = Field(min_length=1, max_length=2000)

    @model_validator(mode="after")
    def says_something(self) -> Self:
        if not self.text.strip():
            raise ValueError("留言不能为空")
        return self


class MessageTaken(BaseModel):
    contacts_hidden: bool = Field(description="双方同意前，留言中的电话、邮箱等已略去")


class NewAnswer(BaseModel):
    model_config = OUTSIDE

    requirement: str = Field(
        min_length=1, max_length=500, description="`explanation.verdicts` 中待说明的 `requirement`"
    )
    answer: str = Field(min_length=1, max_length=LONGEST_ANSWER, description="答复", examples=["25 g/L，有检测报告"])
    keep: bool = Field(default=True, description="同时作为修改申请写入成果简介，审核通过后生效")


class AnswerTaken(BaseModel):
    verdict: RequirementVerdict = Field(description="按这一答复的判断；看不出结论时仍为 unknown")
    revision_id: int | None = Field(description="等待审核的修改申请；没有写入成果时为空")
    contacts_hidden: bool = Field(description="双方同意前，答复中的电话、邮箱等已略去")


@router.get("", summary="列出与我有关的对接")
def list_carried(
    session: SessionDep,
    reader: KnownActor,
    *,
    status: Annotated[MatchStatus | None, Query(description="状态")] = None,
    due: Annotated[Due | None, Query(description="到期情况")] = None,
    waiting: Annotated[Waiting | None, Query(description="待办")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
    updated_since: Annotated[AwareDatetime | None, Query(description=SINCE_TEXT)] = None,
    fields: Fields = None,
    page: Annotated[int, Query(ge=1, le=10_000, deprecated=True, description="旧的翻页方式；请改用 cursor")] = 1,
) -> CarriedMatches:
    """先列下一步最早到期的；联系方式不在其中。给 `updated_since` 时按更新时间列出变化。"""
    names = chosen_fields(fields, CarriedCompact)
    if updated_since is not None:
        if status or due or waiting:
            raise MalformedRequest(
                "updated_since 不能与筛选项同时使用", "请去掉其他条件收集全部变化，或去掉 updated_since"
            )
        harvest = harvested_matches(session, reader, Changes(updated_since, limit, cursor))
        pairs = with_records(session, harvest.records)
        common = {**harvested(harvest), "page": 1, "has_more": harvest.next_cursor is not None}
    else:
        begin = offset_of(cursor) if cursor is not None else None
        wanted = Wanted(status=status, due=due, waiting=waiting, page=page, offset=begin, limit=limit)
        found = carried_matches(session, reader, wanted)
        pairs, begin = found.pairs, wanted.begin
        common = {
            "total": found.total,
            "next_cursor": next_cursor(begin + limit, found.total),
            "page": begin // limit + 1,
            "has_more": found.has_more,
        }
    items = [_short(session, pair, reader) for pair in pairs]
    return CarriedMatches(items=with_fields(items, CarriedCompact, names), **common)


@router.post("", status_code=201, summary="承办对接或提出希望对接")
def begin_carried(
    request: Request, session: SessionDep, by: KnownActor, response: Response, new: NewCarried
) -> CarriedFull:
    """经纪人：承办（事先备案，先者有效）；需求方、成果方：提出希望对接；主管部门：提出配对，再分派经纪人。"""
    need = readable_need(session, new.need_id, by)
    achievement = readable_achievement(session, new.achievement_id, by)
    proposal = proposed(session, request.app.state.indexes, need, achievement)
    if by.may(Right.CARRY_MATCHES):
        match = take_up(session, need, achievement, by=by, proposal=proposal)
    else:
        match = wish(session, need, achievement, by=by, note=new.note, proposal=proposal)
    session.flush()
    response.headers["Location"] = f"/api/v1/carried/{match.id}"
    return _full(session, pair_of(session, match), by)


@router.get("/{record_id}", summary="查看一项对接")
def read_carried(session: SessionDep, database: DatabaseDep, reader: KnownActor, record_id: RecordId) -> CarriedFull:
    """两份记录（按您可见的范围）、推荐理由、办理经过、留言，以及现在可以办理的步骤。与您无关的对接为 404。"""
    pair = pair_of(session, readable_match(session, record_id, reader=reader))
    for record in confidential_read(session, pair, reader):
        record_apart(database, reader, AuditAction.READ_CONFIDENTIAL, record)
    return _full(session, pair, reader)


@router.get("/{record_id}/contacts/{side}", summary="查看一方的联系方式")
def read_contact(database: DatabaseDep, reader: KnownActor, record_id: RecordId, side: Side) -> ContactShown:
    """双方同意（并签署所要求的保密协议）后，提供给双方、承办的经纪人和主管部门；每次查阅都有记录。"""
    # Reading a contact writes the audit trail: a session of its own that commits, though the method only reads.
    with session_scope(database) as session:
        session.info[ACTOR] = reader
        found = contact_of(session, readable_match(session, record_id, reader=reader), side, reader=reader)
        return ContactShown(**vars(found))


@router.post("/{record_id}/messages", status_code=201, summary="留言")
def add_message(session: SessionDep, by: KnownActor, record_id: RecordId, new: NewMessage) -> MessageTaken:
    """双方和承办的经纪人可以留言；其他人收到通知，通知中没有留言内容。"""
    match = readable_match(session, record_id, reader=by)
    return MessageTaken(contacts_hidden=write_message(session, match, by=by, text=new.text.strip()))


@router.post("/{record_id}/answers", status_code=201, summary="答复一项待说明的要求")
def answer_match_question(session: SessionDep, by: KnownActor, record_id: RecordId, new: NewAnswer) -> AnswerTaken:
    """成果方答复需求方提出而成果未说明的要求：写入留言，据此判断，并可写入成果简介（审核后生效）。"""
    match = readable_match(session, record_id, reader=by)
    found = answer_question(session, match, new.requirement, new.answer, keep=new.keep, by=by)
    return AnswerTaken(
        verdict=found.verdict,
        revision_id=found.revised.revision.id if found.revised and found.revised.revision else None,
        contacts_hidden=found.contacts_hidden,
    )


@router.post("/{record_id}/{step}", summary="办理一个步骤")
def take_match_step(
    session: SessionDep, by: KnownActor, record_id: RecordId, step: Step, asked: SentStep
) -> CarriedFull:
    """可办理的步骤见 `steps`；`version` 为读到的版本号，已有新进展时为 409。"""
    match = readable_match(session, record_id, reader=by, version=asked.version)
    do(session, match, step, asked, by=by)
    session.flush()
    return _full(session, pair_of(session, match), by)


def _short(session: Session, pair: Pair, reader: Actor) -> CarriedShort:
    match = pair.match
    return CarriedShort(
        id=pair.id,
        version=match.version,
        need_id=match.need_id,
        need_title=need_as_read(session, pair.need, reader).title,
        achievement_id=match.achievement_id,
        achievement_title=achievement_as_read(session, pair.achievement, reader).title,
        status=match.status,
        status_label=match.status.label,
        waits_for=waits_for(pair),
        nda=match.nda,
        broker=pair.carrier.name if pair.carrier else "",
        filed_at=match.filed_at,
        next_step=match.next_step,
        due_on=match.due_on,
        is_demo=match.is_demo,
        updated_at=match.updated_at,
    )


def _full(session: Session, pair: Pair, reader: Actor) -> CarriedFull:
    match = pair.match
    return CarriedFull(
        **_short(session, pair, reader).model_dump(),
        need=need_as_read(session, pair.need, reader),
        achievement=achievement_as_read(session, pair.achievement, reader),
        score=match.score,
        band=match.band,
        explanation=shown_explanation(session, pair, reader),
        declined=declined_because(pair, reader),
        contacts_missing=what_is_missing(match),
        life=[LifeMoment(**vars(one)) for one in timeline(session, match, reader=reader)],
        messages=[
            ThreadMessage(at=one.at, who=one.who, text=one.text) for one in messages_of(session, match, reader=reader)
        ],
        follow_ups=[
            FollowUpShown(days=one.days, due_on=one.due_on, done_at=one.done_at)
            for one in follow_ups_of(session, match)
        ],
        steps=[
            OpenMatchStep(step=step, label=step.label, sides=sides) for step, sides in open_steps(pair, reader).items()
        ],
    )
