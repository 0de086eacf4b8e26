"""`/matching-quality`: how good the recommendations are."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from matchmaker.matching.coefficients import coefficients_in_force
from matchmaker.matching_quality import matching_quality
from matchmaker.models.match import Band
from matchmaker.web.dependencies import IndexesDep, SessionDep

router = APIRouter(prefix="/matching-quality", tags=["matches"])


class _Read(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class BandHereShown(_Read):
    """What became of the recommendations of one band."""

    band: Band
    answered: int = Field(description="至少一方答复过，或被评为不相关的推荐数")
    accepted: int | None = Field(description="双方同意或已签约的数量；答复少于 10 条时为 null")
    accepted_share: float | None = Field(description="其中双方同意的比例，0–1；答复少于 10 条时为 null")
    not_relevant: int | None = Field(description="因领域不符谢绝或被评为不相关的数量；答复少于 10 条时为 null")


class BandJudgedShown(_Read):
    """Judged pairs of one band."""

    band: Band
    n: int = Field(description="人工判断过的供需对数")
    precision: float | None = Field(description="其中判为较强或强的比例，0–1；没有时为 null")


class JudgedShown(_Read):
    """How the coefficients did on pairs that took no part in their fit."""

    source: str = Field(description="人工判断的来源")
    command: str = Field(description="得出这些数的命令")
    measured_at: str = Field(description="测量时间")
    needs: int = Field(description="判断过的需求数")
    pairs: int = Field(description="判断过的供需对数")
    auc: float | None = Field(description="好的一对得分高于不好的一对的概率；0.5 为随机")
    bands: list[BandJudgedShown] = Field(description="各档的判断结果")


class MatchingQualityShown(_Read):
    """How good the recommendations are."""

    matcher_version: str = Field(description="现用的匹配规则版本；加号后为本站学习的系数的摘要")
    model: str = Field(description="系数所属的语义模型；words 为只按词")
    fitted_on: str = Field(description="系数据以拟合的数据")
    learned_at: str = Field(description="本站学习的时间；随附系数为空")
    here: list[BandHereShown] = Field(description="本站各档推荐的结果")
    has_demo: bool = Field(description="结果中是否含演示数据")
    judged: JudgedShown | None = Field(description="在人工判断上的表现；没有测量过时为 null")


@router.get("", summary="推荐的质量")
def read_matching_quality(session: SessionDep, indexes: IndexesDep) -> MatchingQualityShown:
    """各档推荐在本站的接受情况，以及在人工判断上的准确率；只有数量，不含任何记录。"""
    found = matching_quality(session, coefficients_in_force(indexes), indexes.meaning.name)
    return MatchingQualityShown.model_validate(found)
