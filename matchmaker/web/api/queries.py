"""The query strings of the two searches. A filter given several times means any of its values."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from matchmaker.classification import classification
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
from matchmaker.search import SearchRequest


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

    q: Annotated[
        str,
        Field(
            max_length=2000,
            description="要找什么：一句话或几个词；空白列出全部",
            examples=["玉米秸秆 制备 可降解 材料"],
        ),
    ] = ""
    limit: Annotated[int, Field(ge=1, le=100, description="每页条数")] = 20
    cursor: Annotated[str | None, Field(max_length=20000, description="上一页答复中的 next_cursor")] = None
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

    def request(self, reader: Actor) -> SearchRequest:
        """The search this query asks for."""
        filters = [name for name in type(self).model_fields if name not in ("q", "limit", "cursor")]
        chosen = {name: tuple(str(value) for value in getattr(self, name)) for name in filters}
        return SearchRequest(
            self.q, {name: values for name, values in chosen.items() if values}, self.limit, self.cursor, reader
        )


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
