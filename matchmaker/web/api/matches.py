"""`/matches`: the matches of one record, by query parameter."""

from typing import Annotated

from fastapi import APIRouter, Query

from matchmaker.errors import MalformedRequest
from matchmaker.matching import counterparts
from matchmaker.web.api.shapes import LARGEST_ID, MatchedAchievements, MatchedNeeds, matched_achievements, matched_needs
from matchmaker.web.dependencies import ActorDep, DatabaseDep, IndexesDep, SessionDep
from matchmaker.web.readable import readable_achievement, readable_need
from matchmaker.web.readings import note_texts

router = APIRouter(prefix="/matches", tags=["匹配"])


@router.get("", summary="为一条需求或一项成果推荐对象")
def matches(
    session: SessionDep,
    database: DatabaseDep,
    indexes: IndexesDep,
    reader: ActorDep,
    *,
    need_id: Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="技术需求编号")] = None,
    achievement_id: Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="科技成果编号")] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="最多几条")] = 10,
) -> MatchedAchievements | MatchedNeeds:
    """`need_id` 与 `achievement_id` 二者给一个；答复同 `/needs/{id}/matches` 与 `/achievements/{id}/matches`。"""
    if need_id is not None and achievement_id is None:
        need = readable_need(session, need_id, reader)
        answers = counterparts(session, indexes, need, limit=limit, reader=reader)
        note_texts(database, [need, *answers.records], reader)
        return matched_achievements(answers)
    if achievement_id is not None and need_id is None:
        achievement = readable_achievement(session, achievement_id, reader)
        asking = counterparts(session, indexes, achievement, limit=limit, reader=reader)
        note_texts(database, [achievement, *asking.records], reader)
        return matched_needs(asking)
    raise MalformedRequest("need_id 与 achievement_id 应给且只给一个", "请只保留其中一个参数")
