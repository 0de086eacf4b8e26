"""`/needs`: search, read, add, revise; the achievements that match one."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Response
from sqlmodel import Session

from matchmaker.disclosure import reached, reads_contact, shown_need
from matchmaker.errors import RecordAlreadyExists
from matchmaker.harvest import Changes, harvested_records
from matchmaker.matching import counterparts
from matchmaker.models.need import NeedCreate, NeedPublic, TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.needs import revise_need, upsert_need
from matchmaker.posting.revising import change_by_program
from matchmaker.posting.submitting import post_by_program
from matchmaker.records import Outcome, record_by_id
from matchmaker.rights import Actor, Right
from matchmaker.search import FoundBy, search_records, suggestions
from matchmaker.web.api.compact import Fields, chosen_fields, with_fields
from matchmaker.web.api.etags import TAGGED_ALWAYS, ExpectedDep, tagged
from matchmaker.web.api.examples import NEED_CHANGES, NEW_NEEDS
from matchmaker.web.api.idempotency import REPEATABLE, OnceDep
from matchmaker.web.api.matched import MatchedAchievements, MatchPage, matched_achievements
from matchmaker.web.api.paging import Cursor, Limit
from matchmaker.web.api.queries import NeedQuery, SuggestionQuery
from matchmaker.web.api.sent import ChangedNeed, NewNeed
from matchmaker.web.api.shapes import (
    AchievementCompact,
    FoundNeeds,
    Highlights,
    NeedCompact,
    NeedFull,
    NeedHit,
    RecordId,
    SearchSuggestions,
    full_need,
)
from matchmaker.web.dependencies import (
    ActorDep,
    DatabaseDep,
    IndexesDep,
    IndexesWhenAskedDep,
    Requires,
    SessionDep,
)
from matchmaker.web.readable import readable_need
from matchmaker.web.readings import note_reading, note_texts

router = APIRouter(prefix="/needs", tags=["needs"])


@router.get("", summary="检索技术需求")
def search_needs(
    session: SessionDep,
    database: DatabaseDep,
    indexes: IndexesWhenAskedDep,
    reader: ActorDep,
    query: Annotated[NeedQuery, Query()],
) -> FoundNeeds:
    """按词和语义检索，条件可重复给出；答复只含公开字段，命中处在 `highlights` 中标出。

    给 `updated_since` 时不检索，按更新时间列出变化，供其他系统定期收集。
    """
    found: list[tuple[TechnologyNeed, Highlights, FoundBy]]
    names = chosen_fields(query.fields, NeedCompact)
    if query.updated_since is not None:
        query.check_harvest()
        changes = Changes(query.updated_since, query.limit, query.cursor)
        harvest = harvested_records(session, TechnologyNeed, reader, changes)
        found = [(record, Highlights.none(record.title), "words") for record in harvest.records]
        common = FoundNeeds.collected(harvest)
    else:
        page = search_records(session, indexes(), RecordKind.NEEDS, query.request(reader))
        found = [
            (one.record, Highlights.of(one), one.found_by)
            for one in page.entries
            if isinstance(one.record, TechnologyNeed)
        ]
        common = FoundNeeds.common(page)
    note_texts(database, (record for record, *_ in found), reader)
    hits = [NeedHit(**shown_need(record).model_dump(), highlights=marks, found_by=by) for record, marks, by in found]
    return FoundNeeds(items=with_fields(hits, NeedCompact, names), **common)


@router.get("/suggestions", summary="技术需求检索词建议")
def suggest_needs(
    session: SessionDep, indexes: IndexesDep, query: Annotated[SuggestionQuery, Query()]
) -> SearchSuggestions:
    """边写边给：标题中的词、单位名称、以此开头的标题；拼音和首字母亦可。只来自公开内容。"""
    return SearchSuggestions(items=suggestions(session, indexes, RecordKind.NEEDS, query.q, query.limit))


@router.get("/{record_id}", summary="查看一条技术需求", responses=TAGGED_ALWAYS)
def read_need(
    session: SessionDep,
    database: DatabaseDep,
    reader: ActorDep,
    response: Response,
    record_id: RecordId,
    fields: Fields = None,
) -> NeedFull | NeedPublic | NeedCompact:  # type: ignore[valid-type]
    """公开字段；本单位和主管部门另见联系方式，经纪人和对接双方按公开设置多看几项。未公开、已过期的需求对公众一律为 404。"""
    names = chosen_fields(fields, NeedCompact)
    need = readable_need(session, record_id, reader)
    tagged(response, need)
    circle, with_contact = reached(session, need, reader), reads_contact(need, reader)
    note_reading(database, need, circle, reader, with_contact=with_contact)
    shown = full_need(need) if with_contact else shown_need(need, circle)
    return shown if names is None else NeedCompact.of(shown, names)


@router.get("/{record_id}/matches", summary="为技术需求推荐科技成果")
def list_need_matches(
    session: SessionDep,
    database: DatabaseDep,
    indexes: IndexesDep,
    reader: ActorDep,
    record_id: RecordId,
    *,
    limit: Limit = 10,
    cursor: Cursor = None,
    fields: Fields = None,
) -> MatchedAchievements:
    """按得分从高到低，每条附推荐理由。"""
    need = readable_need(session, record_id, reader)
    names = chosen_fields(fields, AchievementCompact)
    page = MatchPage.of(lambda most: counterparts(session, indexes, need, limit=most, reader=reader), limit, cursor)
    note_texts(database, [need, *page.records], reader)
    return matched_achievements(page, names)


PosterDep = Annotated[Actor, Depends(Requires(Right.POST_NEEDS, Right.POST_FOR_OTHERS, Right.PUBLISH_DIRECTLY))]


@router.post("", status_code=201, summary="发布技术需求", responses=REPEATABLE)
def add_need(
    session: SessionDep,
    by: PosterDep,
    once: OnceDep,
    response: Response,
    sent: Annotated[NewNeed, Body(openapi_examples=NEW_NEEDS)],
) -> NeedFull:
    """新增一条。有“不经审核直接入库”权限的按所给状态入库；其他人以本单位名义提交，状态为待审核。

    同一来源键（或内容完全相同）的技术需求已存在时为 409，请改用 PATCH。
    """
    need = once.create(
        session,
        sent,
        lambda: _added(session, sent.create(), by),
        lambda number: readable_need(session, number, by),
    )
    tagged(response, need)
    return _answered(need, by)


def _added(session: Session, create: NeedCreate, by: Actor) -> TechnologyNeed:
    if not by.may(Right.PUBLISH_DIRECTLY):
        record = post_by_program(session, create, by=by)
        assert isinstance(record, TechnologyNeed)  # noqa: S101 — of the noun it was created for
        return record
    need, outcome = upsert_need(session, create)
    if outcome is not Outcome.ADDED:
        # Raising rolls the change back.
        raise RecordAlreadyExists(f"这条需求已存在，编号 {need.id}", f"要修改它，请用 PATCH /api/v1/needs/{need.id}")
    return need


def _answered(need: TechnologyNeed, by: Actor) -> NeedFull:
    if by.may(Right.PUBLISH_DIRECTLY):
        return full_need(need)
    return NeedFull.model_validate(need, from_attributes=True)


@router.patch("/{record_id}", summary="修改技术需求", responses=TAGGED_ALWAYS)
def change_need(
    session: SessionDep,
    by: PosterDep,
    record_id: RecordId,
    expected: ExpectedDep,
    response: Response,
    sent: Annotated[ChangedNeed, Body(openapi_examples=NEED_CHANGES)],
) -> NeedFull:
    """只改给出的字段；`version` 为读到的版本号，已被他人修改时为 409。撤回即把 `status` 改为 withdrawn。

    发布方可修改未发布的记录，修改后重新待审核；已发布的为 409（`record_locked`），请用 POST …/revisions。
    """
    if by.may(Right.PUBLISH_DIRECTLY):
        need = record_by_id(session, TechnologyNeed, record_id)
        expected.check_if_given(need)
        revise_need(session, need, sent.update())
    else:
        need = readable_need(session, record_id, by)
        expected.check_if_given(need)
        change_by_program(session, need, sent.update(), by=by)
    tagged(response, need)
    return _answered(need, by)
