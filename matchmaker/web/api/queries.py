"""The query strings of the two searches. A filter given several times means any of its values."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from matchmaker.classification import classification
from matchmaker.errors import MalformedRequest
from matchmaker.models.labels import (
    CooperationMode,
    IntellectualPropertyType,
    NeedType,
    PosterType,
    PriceMode,
    Stage,
    Urgency,
)
from matchmaker.models.parts import labelled
from matchmaker.rights import Actor
from matchmaker.search import MOST_RESULTS, MOST_SUGGESTIONS, Order, SearchRequest
from matchmaker.web.api.compact import FIELDS_TEXT
from matchmaker.web.api.harvesting import SINCE_TEXT


def _technology_field(text: str) -> str:
    return classification().technology_fields.code_of(text)


def _city_industry(text: str) -> str:
    return classification().city.industries.code_of(text)


def _region(text: str) -> str:
    return classification().regions.code_of(text)


Region = Annotated[str, AfterValidator(_region), Field(max_length=40, description="地区：代码或名称，含其下级地区")]


class SearchQuery(BaseModel):
    """What both searches take. An unknown parameter is refused: a mistyped filter must not widen a search."""

    model_config = ConfigDict(extra="forbid")
    # What says how to search rather than which records pass.
    NO_FILTERS: ClassVar = frozenset({"q", "limit", "cursor", "page", "sort", "literal", "updated_since", "fields"})

    q: Annotated[
        str,
        Field(
            max_length=2000,
            description="要找什么：一句话、几个词、单位名称、专利号或“编号 12”；拼音、首字母、缩写和英文亦可；空白列出全部",
            examples=["玉米秸秆 制备 可降解 材料"],
        ),
    ] = ""
    limit: Annotated[int, Field(ge=1, le=100, description="每页条数")] = 20
    cursor: Annotated[str | None, Field(max_length=20000, description="上一页答复中的 next_cursor")] = None
    page: Annotated[int, Field(ge=1, le=MOST_RESULTS, description="第几页，从 1 开始；与 cursor 二选一")] = 1
    sort: Annotated[Order, labelled(Order), Field(description="排序：相关度、最新发布、即将截止（按有效期）")] = (
        Order.RELEVANCE
    )
    literal: Annotated[bool, Field(description="只按所写的字检索：不纠正错字，不把字母当拼音")] = False
    updated_since: Annotated[AwareDatetime | None, Field(description=SINCE_TEXT)] = None
    fields: Annotated[str | None, Field(max_length=1000, description=FIELDS_TEXT, examples=["id,title"])] = None
    technology_field: Annotated[
        list[Annotated[str, AfterValidator(_technology_field)]], Field(description="技术领域：代码或名称")
    ] = []
    city_industry: Annotated[
        list[Annotated[str, AfterValidator(_city_industry)]], Field(description="产业：代码或名称")
    ] = []
    region: Annotated[
        list[Annotated[str, AfterValidator(_region)]], Field(description="地区：代码或名称，含其下级地区")
    ] = []
    cooperation_mode: Annotated[
        list[Annotated[CooperationMode, labelled(CooperationMode)]], Field(description="合作方式")
    ] = []
    owner: Annotated[
        list[Annotated[str, Field(max_length=200)]], Field(description="发布单位或完成单位：名称全称")
    ] = []

    def request(self, reader: Actor) -> SearchRequest:
        """The search this query asks for."""
        return SearchRequest(
            text=self.q,
            chosen=self._chosen(),
            limit=self.limit,
            cursor=self.cursor,
            reader=reader,
            order=self.sort,
            page=self.page,
            literally=self.literal,
        )

    def check_harvest(self) -> None:
        """Raises MalformedRequest where `updated_since` is asked together with what only a search can answer."""
        if self.q.strip() or self._chosen():
            raise MalformedRequest(
                "updated_since 不能与检索词、筛选项同时使用", "请去掉其他条件收集全部变化，或去掉 updated_since 检索"
            )

    def _chosen(self) -> dict[str, tuple[str, ...]]:
        filters = [name for name in type(self).model_fields if name not in SearchQuery.NO_FILTERS]
        chosen = {name: tuple(str(value) for value in getattr(self, name)) for name in filters}
        return {name: values for name, values in chosen.items() if values}


class NeedQuery(SearchQuery):
    need_type: Annotated[list[Annotated[NeedType, labelled(NeedType)]], Field(description="需求类型")] = []
    urgency: Annotated[list[Annotated[Urgency, labelled(Urgency)]], Field(description="紧急程度")] = []
    poster_type: Annotated[list[Annotated[PosterType, labelled(PosterType)]], Field(description="需求方")] = []


class AchievementQuery(SearchQuery):
    stage: Annotated[list[Annotated[Stage, labelled(Stage)]], Field(description="所处阶段")] = []
    price_mode: Annotated[list[Annotated[PriceMode, labelled(PriceMode)]], Field(description="价格方式")] = []
    intellectual_property: Annotated[
        list[Annotated[IntellectualPropertyType, labelled(IntellectualPropertyType)]], Field(description="知识产权")
    ] = []


class SuggestionQuery(BaseModel):
    """What somebody has typed so far."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, Field(max_length=500, description="已写的字，或拼音、首字母", examples=["激光"])] = ""
    limit: Annotated[int, Field(ge=1, le=20, description="最多几条")] = MOST_SUGGESTIONS
