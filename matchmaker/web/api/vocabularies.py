"""`/vocabularies`: every code list, with its edition and the day it came into force."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from matchmaker.classification import Vocabulary, classification
from matchmaker.contracts import ContractStep
from matchmaker.models import contract_words, labels
from matchmaker.models.match import Band, MatchStatus, Verdict
from matchmaker.registration_rules import rules
from matchmaker.web.api.paging import Whole

router = APIRouter(prefix="/vocabularies", tags=["vocabularies"])

# The platform's own closed lists, by the field that takes their values.
CLOSED: dict[str, tuple[str, type[labels.Labelled]]] = {
    "need_type": ("需求类型", labels.NeedType),
    "need_status": ("需求状态", labels.NeedStatus),
    "achievement_status": ("成果状态", labels.AchievementStatus),
    "stage": ("成熟阶段", labels.Stage),
    "cooperation_mode": ("合作方式", labels.CooperationMode),
    "price_mode": ("定价方式", labels.PriceMode),
    "urgency": ("紧急程度", labels.Urgency),
    "confidentiality": ("公开程度", labels.Confidentiality),
    "poster_type": ("发布方类型", labels.PosterType),
    "posting_channel": ("来源渠道", labels.PostingChannel),
    "operator": ("指标关系", labels.Operator),
    "intellectual_property_type": ("知识产权类型", labels.IntellectualPropertyType),
    "intellectual_property_status": ("知识产权状态", labels.IntellectualPropertyStatus),
    "institution_type": ("机构类型", labels.InstitutionType),
    "qualification": ("企业资质", labels.Qualification),
    "band": ("匹配度", Band),
    "verdict": ("比较结论", Verdict),
    "match_status": ("匹配状态", MatchStatus),
    "contract_category": ("技术合同类别", contract_words.ContractCategory),
    "contract_status": ("技术合同状态", contract_words.ContractStatus),
    "contract_step": ("技术合同办理步骤", ContractStep),
    "contract_paper": ("合同材料", contract_words.ContractPaper),
    "contract_ip": ("合同的知识产权", contract_words.ContractIp),
    "amount_certainty": ("金额性质", contract_words.AmountCertainty),
    "payment_mode": ("支付方式", contract_words.PaymentMode),
    "company_scale": ("企业规模", contract_words.CompanyScale),
    "signing_type": ("签约类型", contract_words.SigningType),
    "measure": ("统计指标", contract_words.Measure),
    "caliber": ("统计口径", contract_words.Caliber),
    "date_basis": ("日期口径", contract_words.DateBasis),
    "target_tier": ("目标层级", contract_words.TargetTier),
    "target_metric": ("目标指标", contract_words.TargetMetric),
    "qualifier": ("数的确切程度", contract_words.Qualifier),
}


class CodeEntry(BaseModel):
    code: str
    label: str
    parent: Annotated[str, Field(description="上级代码")] = ""
    group: Annotated[str, Field(description="分组，如本市产业的支柱、主导、先导")] = ""
    aliases: Annotated[list[str], Field(description="同样接受的写法")] = []


class CodeList(BaseModel):
    """One list in one edition. A platform list has no edition: it changes with the program."""

    name: str
    label: str
    edition: str | None = None
    source: str
    effective_from: date | None = None
    entries: list[CodeEntry]


class CodeLists(Whole):
    items: list[CodeList]


@router.get("", summary="全部代码表")
def list_vocabularies() -> CodeLists:
    """写入时代码、名称或别名均可；答复中一律为代码。地区含全国代码，答复较大，请缓存使用。"""
    lists = classification()
    dated = [
        _dated("technology_field", lists.technology_fields),
        _dated("hitech_field", lists.hitech_fields),
        _dated("emerging_industry", lists.emerging_industries),
        _dated("industry_code", lists.industries),
        _dated("city_industry", lists.city.industries),
        _dated("district", lists.city.districts),
        _dated("region_code", lists.regions),
        _dated("party_nature", rules().natures),
        _dated("plan_source", rules().plan_sources),
        _dated("objective", rules().objectives),
        _dated("refusal_reason", rules().refusal_reasons),
    ]
    districts = lists.city.districts
    parks = CodeList(
        name="park",
        label="园区",
        edition=districts.edition,
        source=districts.source,
        effective_from=districts.effective_from,
        entries=[CodeEntry(code=park, label=park, parent=district) for park, district in lists.city.parks.items()],
    )
    maturity = CodeList(
        name="maturity_level",
        label="技术成熟度",
        edition="GB/T 22900",
        source="国家标准",
        entries=[CodeEntry(code=str(level), label=label) for level, label in labels.MATURITY_LABELS.items()],
    )
    kinds = CodeList(
        name="contract_kind",
        label="技术合同类型",
        source="平台自定",
        entries=[
            CodeEntry(code=kind.value, label=kind.label, parent=category.value, aliases=list(kind.aliases))
            for category, of_it in contract_words.KINDS.items()
            for kind in of_it
        ],
    )
    return CodeLists(items=[*dated, parks, maturity, kinds, *(_closed(name, *one) for name, one in CLOSED.items())])


def _dated(name: str, vocabulary: Vocabulary) -> CodeList:
    return CodeList(
        name=name,
        label=vocabulary.name,
        edition=vocabulary.edition,
        source=vocabulary.source,
        effective_from=vocabulary.effective_from,
        entries=[
            CodeEntry(
                code=entry.code, label=entry.label, parent=entry.parent, group=entry.group, aliases=list(entry.aliases)
            )
            for entry in vocabulary.entries
        ],
    )


def _closed(name: str, label: str, members: type[labels.Labelled]) -> CodeList:
    entries = [CodeEntry(code=one.value, label=one.label, aliases=list(one.aliases)) for one in members]
    return CodeList(name=name, label=label, source="平台自定", entries=entries)
