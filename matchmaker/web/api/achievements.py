"""`/achievements`: search, read, add, revise; the needs that match one."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Response
from sqlmodel import Session

from matchmaker.achievements import revise_achievement, upsert_achievement
from matchmaker.disclosure import reached, reads_contact, shown_achievement
from matchmaker.errors import RecordAlreadyExists
from matchmaker.harvest import Changes, harvested_records
from matchmaker.matching import counterparts
from matchmaker.models.achievement import Achievement, AchievementCreate, AchievementPublic
from matchmaker.models.outbox import RecordKind
from matchmaker.posting.revising import change_by_program
from matchmaker.posting.submitting import post_by_program
from matchmaker.records import Outcome, record_by_id
from matchmaker.rights import Actor, Right
from matchmaker.search import FoundBy, search_records, suggestions
from matchmaker.web.api.compact import Fields, chosen_fields, with_fields
from matchmaker.web.api.etags import TAGGED_ALWAYS, ExpectedDep, tagged
from matchmaker.web.api.examples import ACHIEVEMENT_CHANGES, NEW_ACHIEVEMENTS
from matchmaker.web.api.idempotency import REPEATABLE, OnceDep
from matchmaker.web.api.matched import MatchedNeeds, MatchPage, matched_needs
from matchmaker.web.api.paging import Cursor, Limit
from matchmaker.web.api.queries import AchievementQuery, SuggestionQuery
from matchmaker.web.api.sent import ChangedAchievement, NewAchievement
from matchmaker.web.api.shapes import (
    AchievementCompact,
    AchievementFull,
    AchievementHit,
    FoundAchievements,
    Highlights,
    NeedCompact,
    RecordId,
    SearchSuggestions,
    full_achievement,
)
from matchmaker.web.dependencies import (
    ActorDep,
    DatabaseDep,
    IndexesDep,
    IndexesWhenAskedDep,
    Requires,
    SessionDep,
)
from matchmaker.web.readable import readable_achievement
from matchmaker.web.readings import note_reading, note_texts

router = APIRouter(prefix="/achievements", tags=["achievements"])


@router.get("", summary="检索科技成果")
def search_achievements(
    session: SessionDep,
    database: DatabaseDep,
    indexes: IndexesWhenAskedDep,
    reader: ActorDep,
    query: Annotated[AchievementQuery, Query()],
) -> FoundAchievements:
    """按词和语义检索，条件可重复给出；答复只含公开字段，命中处在 `highlights` 中标出。

    给 `updated_since` 时不检索，按更新时间列出变化，供其他系统定期收集。
    """
    found: list[tuple[Achievement, Highlights, FoundBy]]
    names = chosen_fields(query.fields, AchievementCompact)
    if query.updated_since is not None:
        query.check_harvest()
        changes = Changes(query.updated_since, query.limit, query.cursor)
        harvest = harvested_records(session, Achievement, reader, changes)
        found = [(record, Highlights.none(record.title), "words") for record in harvest.records]
        common = FoundAchievements.collected(harvest)
    else:
        page = search_records(session, indexes(), RecordKind.ACHIEVEMENTS, query.request(reader))
        found = [
            (one.record, Highlights.of(one), one.found_by)
            for one in page.entries
            if isinstance(one.record, Achievement)
        ]
        common = FoundAchievements.common(page)
    note_texts(database, (record for record, *_ in found), reader)
    hits = [
        AchievementHit(**shown_achievement(record).model_dump(), highlights=marks, found_by=by)
        for record, marks, by in found
    ]
    return FoundAchievements(items=with_fields(hits, AchievementCompact, names), **common)


@router.get("/suggestions", summary="科技成果检索词建议")
def suggest_achievements(
    session: SessionDep, indexes: IndexesDep, query: Annotated[SuggestionQuery, Query()]
) -> SearchSuggestions:
    """边写边给：标题中的词、单位名称、以此开头的标题；拼音和首字母亦可。只来自公开内容。"""
    return SearchSuggestions(items=suggestions(session, indexes, RecordKind.ACHIEVEMENTS, query.q, query.limit))


@router.get("/{record_id}", summary="查看一项科技成果", responses=TAGGED_ALWAYS)
def read_achievement(
    session: SessionDep,
    database: DatabaseDep,
    reader: ActorDep,
    response: Response,
    record_id: RecordId,
    fields: Fields = None,
) -> AchievementFull | AchievementPublic | AchievementCompact:  # type: ignore[valid-type]
    """公开字段；本单位和主管部门另见团队和联系方式，经纪人和对接双方按公开设置多看几项。未公开、已过期的成果对公众一律为 404。"""
    names = chosen_fields(fields, AchievementCompact)
    achievement = readable_achievement(session, record_id, reader)
    tagged(response, achievement)
    circle, with_contact = reached(session, achievement, reader), reads_contact(achievement, reader)
    note_reading(database, achievement, circle, reader, with_contact=with_contact)
    shown = full_achievement(achievement) if with_contact else shown_achievement(achievement, circle)
    return shown if names is None else AchievementCompact.of(shown, names)


@router.get("/{record_id}/matches", summary="为科技成果推荐技术需求")
def list_achievement_matches(
    session: SessionDep,
    database: DatabaseDep,
    indexes: IndexesDep,
    reader: ActorDep,
    record_id: RecordId,
    *,
    limit: Limit = 10,
    cursor: Cursor = None,
    fields: Fields = None,
) -> MatchedNeeds:
    """按得分从高到低，每条附推荐理由。"""
    achievement = readable_achievement(session, record_id, reader)
    names = chosen_fields(fields, NeedCompact)
    page = MatchPage.of(
        lambda most: counterparts(session, indexes, achievement, limit=most, reader=reader), limit, cursor
    )
    note_texts(database, [achievement, *page.records], reader)
    return matched_needs(page, names)


PosterDep = Annotated[Actor, Depends(Requires(Right.PUBLISH_ACHIEVEMENTS, Right.PUBLISH_DIRECTLY))]


@router.post("", status_code=201, summary="发布科技成果", responses=REPEATABLE)
def add_achievement(
    session: SessionDep,
    by: PosterDep,
    once: OnceDep,
    response: Response,
    sent: Annotated[NewAchievement, Body(openapi_examples=NEW_ACHIEVEMENTS)],
) -> AchievementFull:
    """新增一项。有“不经审核直接入库”权限的按所给状态入库；其他人以本单位名义提交，状态为待审核。

    同一来源键（或内容完全相同）的科技成果已存在时为 409，请改用 PATCH。
    """
    achievement = once.create(
        session,
        sent,
        lambda: _added(session, sent.create(), by),
        lambda number: readable_achievement(session, number, by),
    )
    tagged(response, achievement)
    return _answered(achievement, by)


def _added(session: Session, create: AchievementCreate, by: Actor) -> Achievement:
    if not by.may(Right.PUBLISH_DIRECTLY):
        record = post_by_program(session, create, by=by)
        assert isinstance(record, Achievement)  # noqa: S101 — of the noun it was created for
        return record
    achievement, outcome = upsert_achievement(session, create)
    if outcome is not Outcome.ADDED:
        # Raising rolls the change back.
        raise RecordAlreadyExists(
            f"这项成果已存在，编号 {achievement.id}", f"要修改它，请用 PATCH /api/v1/achievements/{achievement.id}"
        )
    return achievement


def _answered(achievement: Achievement, by: Actor) -> AchievementFull:
    if by.may(Right.PUBLISH_DIRECTLY):
        return full_achievement(achievement)
    return AchievementFull.model_validate(achievement, from_attributes=True)


@router.patch("/{record_id}", summary="修改科技成果", responses=TAGGED_ALWAYS)
def change_achievement(
    session: SessionDep,
    by: PosterDep,
    record_id: RecordId,
    expected: ExpectedDep,
    response: Response,
    sent: Annotated[ChangedAchievement, Body(openapi_examples=ACHIEVEMENT_CHANGES)],
) -> AchievementFull:
    """只改给出的字段；`version` 为读到的版本号，已被他人修改时为 409。撤回即把 `status` 改为 withdrawn。

    发布方可修改未发布的记录，修改后重新待审核；已发布的为 409（`record_locked`），请用 POST …/revisions。
    """
    if by.may(Right.PUBLISH_DIRECTLY):
        achievement = record_by_id(session, Achievement, record_id)
        expected.check_if_given(achievement)
        revise_achievement(session, achievement, sent.update())
    else:
        achievement = readable_achievement(session, record_id, by)
        expected.check_if_given(achievement)
        change_by_program(session, achievement, sent.update(), by=by)
    tagged(response, achievement)
    return _answered(achievement, by)
