"""`/achievements`: search, read, add, revise; the needs that match one."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Response
from sqlmodel import Session

from matchmaker.achievements import revise_achievement, upsert_achievement
from matchmaker.disclosure import reached, reads_contact, shown_achievement
from matchmaker.errors import RecordAlreadyExists
from matchmaker.matching import counterparts
from matchmaker.models.achievement import Achievement, AchievementCreate, AchievementPublic, AchievementUpdate
from matchmaker.models.outbox import RecordKind
from matchmaker.posting.revising import change_by_program
from matchmaker.posting.submitting import post_by_program
from matchmaker.records import Outcome, record_by_id
from matchmaker.rights import Actor, Right
from matchmaker.search import search_records, suggestions
from matchmaker.web.api.etags import TAGGED_ALWAYS, ExpectedDep, tagged
from matchmaker.web.api.examples import ACHIEVEMENT_CHANGES, NEW_ACHIEVEMENTS
from matchmaker.web.api.idempotency import REPEATABLE, OnceDep
from matchmaker.web.api.queries import AchievementQuery, SuggestionQuery
from matchmaker.web.api.shapes import (
    AchievementFull,
    AchievementHit,
    FoundAchievements,
    Highlights,
    MatchedNeeds,
    RecordId,
    SearchSuggestions,
    full_achievement,
    matched_needs,
)
from matchmaker.web.dependencies import ActorDep, DatabaseDep, IndexesDep, Requires, SessionDep
from matchmaker.web.readable import readable_achievement
from matchmaker.web.readings import note_reading, note_texts

router = APIRouter(prefix="/achievements", tags=["科技成果"])


@router.get("", summary="检索科技成果")
def search_achievements(
    session: SessionDep,
    database: DatabaseDep,
    indexes: IndexesDep,
    reader: ActorDep,
    query: Annotated[AchievementQuery, Query()],
) -> FoundAchievements:
    """按词和语义检索，条件可重复给出；答复只含公开字段，命中处在 `highlights` 中标出。"""
    page = search_records(session, indexes, RecordKind.ACHIEVEMENTS, query.request(reader))
    note_texts(database, (entry.record for entry in page.entries), reader)
    items = [
        AchievementHit(
            **shown_achievement(entry.record).model_dump(), highlights=Highlights.of(entry), found_by=entry.found_by
        )
        for entry in page.entries
        if isinstance(entry.record, Achievement)
    ]
    return FoundAchievements(items=items, **FoundAchievements.common(page))


@router.get("/suggestions", summary="科技成果检索词建议")
def suggest_achievements(
    session: SessionDep, indexes: IndexesDep, query: Annotated[SuggestionQuery, Query()]
) -> SearchSuggestions:
    """边写边给：标题中的词、单位名称、以此开头的标题；拼音和首字母亦可。只来自公开内容。"""
    return SearchSuggestions(items=suggestions(session, indexes, RecordKind.ACHIEVEMENTS, query.q, query.limit))


@router.get("/{record_id}", summary="查看一项科技成果", responses=TAGGED_ALWAYS)
def read_achievement(
    session: SessionDep, database: DatabaseDep, reader: ActorDep, response: Response, record_id: RecordId
) -> AchievementFull | AchievementPublic:
    """公开字段；本单位和主管部门另见团队和联系方式，经纪人和对接双方按公开设置多看几项。未公开、已过期的成果对公众一律为 404。"""
    achievement = readable_achievement(session, record_id, reader)
    tagged(response, achievement)
    circle, with_contact = reached(session, achievement, reader), reads_contact(achievement, reader)
    note_reading(database, achievement, circle, reader, with_contact=with_contact)
    return full_achievement(achievement) if with_contact else shown_achievement(achievement, circle)


@router.get("/{record_id}/matches", summary="为科技成果推荐技术需求")
def matches_of_achievement(
    session: SessionDep,
    database: DatabaseDep,
    indexes: IndexesDep,
    reader: ActorDep,
    record_id: RecordId,
    limit: Annotated[int, Query(ge=1, le=100, description="最多几条")] = 10,
) -> MatchedNeeds:
    """按得分从高到低，每条附推荐理由。"""
    achievement = readable_achievement(session, record_id, reader)
    found = counterparts(session, indexes, achievement, limit=limit, reader=reader)
    note_texts(database, [achievement, *found.records], reader)
    return matched_needs(found)


PosterDep = Annotated[Actor, Depends(Requires(Right.PUBLISH_ACHIEVEMENTS, Right.PUBLISH_DIRECTLY))]


@router.post("", status_code=201, summary="发布科技成果", responses=REPEATABLE)
def add_achievement(
    session: SessionDep,
    by: PosterDep,
    once: OnceDep,
    response: Response,
    create: Annotated[AchievementCreate, Body(openapi_examples=NEW_ACHIEVEMENTS)],
) -> AchievementFull:
    """新增一项。有“不经审核直接入库”权限的按所给状态入库；其他人以本单位名义提交，状态为待审核。

    同一来源键（或内容完全相同）的科技成果已存在时为 409，请改用 PATCH。
    """
    achievement = once.create(
        session,
        create,
        lambda: _added(session, create, by),
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
    update: Annotated[AchievementUpdate, Body(openapi_examples=ACHIEVEMENT_CHANGES)],
) -> AchievementFull:
    """只改给出的字段；`version` 为读到的版本号，已被他人修改时为 409。撤回即把 `status` 改为 withdrawn。

    发布方可修改未发布的记录，修改后重新待审核；已发布的为 409（`record_locked`），请用 POST …/revisions。
    """
    if by.may(Right.PUBLISH_DIRECTLY):
        achievement = record_by_id(session, Achievement, record_id)
        expected.check_if_given(achievement)
        revise_achievement(session, achievement, update)
    else:
        achievement = readable_achievement(session, record_id, by)
        expected.check_if_given(achievement)
        change_by_program(session, achievement, update, by=by)
    tagged(response, achievement)
    return _answered(achievement, by)
