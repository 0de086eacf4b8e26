"""`/matches`: counterparts of a stored record, of a text that is not stored, of all needs of a file; kept matches."""

from typing import Annotated, Self

from fastapi import APIRouter, Body, Query, Request
from fastapi.openapi.models import Example
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from matchmaker.errors import MalformedRequest
from matchmaker.harvest import Changes, harvested_matches
from matchmaker.matching import counterparts
from matchmaker.models.need import NeedCreate
from matchmaker.needs import unsaved_need
from matchmaker.web.api.compact import Fields, chosen_fields
from matchmaker.web.api.harvesting import SINCE_TEXT
from matchmaker.web.api.matched import (
    ChangedMatches,
    KeptMatchCompact,
    MatchedAchievements,
    MatchedNeeds,
    MatchPage,
    changed_matches,
    matched_achievements,
    matched_needs,
)
from matchmaker.web.api.paging import Cursor, Limit
from matchmaker.web.api.sent import NewNeed
from matchmaker.web.api.shapes import LARGEST_ID, AchievementCompact, NeedCompact
from matchmaker.web.dependencies import (
    ActorDep,
    DatabaseDep,
    IndexesDep,
    IndexesWhenAskedDep,
    KnownActor,
    ReadingDep,
    SessionDep,
    known,
)
from matchmaker.web.readable import readable_achievement, readable_need
from matchmaker.web.readings import note_texts

router = APIRouter(prefix="/matches", tags=["matches"])

UNSAVED: dict[str, Example] = {
    "text": {"summary": "一句话", "value": {"text": "豆干放两天就发酸，想延长保质期，又不想多加防腐剂"}},
    "need": {
        "summary": "按需求的各项填写",
        "value": {
            "need": {
                "title": "低温条件下污水脱氮工艺改造",
                "problem": "冬季水温低于 10 ℃ 时总氮去除率明显下降。",
                "must_have": ["出水总氮不高于 10 mg/L"],
                "budget_max": "800000.00",
            }
        },
    },
}


class UnsavedNeed(BaseModel):
    """A need that is not stored: its words, or its fields."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    text: str | None = Field(default=None, min_length=2, max_length=5000, description="需求的原话，一句或一段")
    need: NewNeed | None = Field(default=None, description="按各项填写的需求，同“发布技术需求”")

    @model_validator(mode="after")
    def one_of_both(self) -> Self:
        if (self.text is None) == (self.need is None):
            raise ValueError("text 与 need 应给且只给一个")
        return self

    def create(self) -> NeedCreate:
        """The need as it would be posted: of a text the beginning is the title."""
        if self.need is not None:
            return self.need.create()
        words = self.text or ""
        # A title of this length is the longest there is; the whole text stands below it.
        return NeedCreate(title=words.splitlines()[0][:200].ljust(2, "。"), description=words)


@router.get("", summary="为一条需求或一项成果推荐对象")
def list_matches(
    request: Request,
    session: SessionDep,
    database: DatabaseDep,
    indexes: IndexesWhenAskedDep,
    reader: ActorDep,
    *,
    need_id: Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="技术需求编号")] = None,
    achievement_id: Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="科技成果编号")] = None,
    limit: Limit = 10,
    cursor: Cursor = None,
    updated_since: Annotated[AwareDatetime | None, Query(description=SINCE_TEXT)] = None,
    fields: Fields = None,
) -> MatchedAchievements | MatchedNeeds | ChangedMatches:
    """`need_id` 与 `achievement_id` 二者给一个；答复同 `/needs/{id}/matches` 与 `/achievements/{id}/matches`。

    给 `updated_since` 时按更新时间列出与您有关的对接，以及为本单位的需求、成果保存的推荐（须登录）。
    """
    if updated_since is not None:
        if need_id is not None or achievement_id is not None:
            raise MalformedRequest("updated_since 不能与 need_id、achievement_id 同时使用", "请只保留其中一种参数")
        names = chosen_fields(fields, KeptMatchCompact)
        changes = Changes(updated_since, limit, cursor)
        harvest = harvested_matches(session, known(request, reader), changes, with_recommended=True)
        return changed_matches(harvest, names)
    if need_id is not None and achievement_id is None:
        names = chosen_fields(fields, AchievementCompact)
        need = readable_need(session, need_id, reader)
        page = MatchPage.of(
            lambda most: counterparts(session, indexes(), need, limit=most, reader=reader), limit, cursor
        )
        note_texts(database, [need, *page.records], reader)
        return matched_achievements(page, names)
    if achievement_id is not None and need_id is None:
        names = chosen_fields(fields, NeedCompact)
        achievement = readable_achievement(session, achievement_id, reader)
        page = MatchPage.of(
            lambda most: counterparts(session, indexes(), achievement, limit=most, reader=reader), limit, cursor
        )
        note_texts(database, [achievement, *page.records], reader)
        return matched_needs(page, names)
    raise MalformedRequest("need_id 与 achievement_id 应给且只给一个", "请只保留其中一个参数")


@router.post("", summary="为没有入库的需求推荐成果")
def match_unsaved_need(
    session: ReadingDep,
    database: DatabaseDep,
    indexes: IndexesDep,
    reader: KnownActor,
    sent: Annotated[UnsavedNeed, Body(openapi_examples=UNSAVED)],
    *,
    limit: Limit = 10,
    cursor: Cursor = None,
    fields: Fields = None,
) -> MatchedAchievements:
    """给一句话或按各项填写的需求，答复同 `/needs/{id}/matches`。什么也不保存，任何人都看不到所给的内容。"""
    names = chosen_fields(fields, AchievementCompact)
    need = unsaved_need(sent.create())
    page = MatchPage.of(lambda most: counterparts(session, indexes, need, limit=most, reader=reader), limit, cursor)
    note_texts(database, page.records, reader)
    return matched_achievements(page, names)
