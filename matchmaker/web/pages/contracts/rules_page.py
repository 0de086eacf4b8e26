"""The registration rules as the platform applies them, with sources and dates: for everybody who is logged in."""

from fastapi import APIRouter, Request, Response

from matchmaker.models.contract_words import ContractCategory, ContractKind, ContractStatus
from matchmaker.money import in_wan
from matchmaker.registration_rules import Limit, in_force, rules
from matchmaker.visibility import today
from matchmaker.web.dependencies import KnownActor
from matchmaker.web.templating import templates

router = APIRouter(include_in_schema=False, default_response_class=Response)

_LIMITS = {
    "large_technology_value_fen": "大额合同的技术交易额",
    "decision_working_days": "登记机构作出决定的期限",
    "large_decision_working_days": "大额或有争议合同的期限",
    "split_window_days": "拆分嫌疑：相隔天数",
    "similar_title_percent": "相似合同：名称相似度（%）",
    "similar_window_days": "重复嫌疑：签订日期相隔天数",
}


# Points of a contract's life at which there is advice, beside its statuses.
_POINTS = {"amending": "变更登记", "deductions": "计算技术交易额"}


def _in_words(name: str, limit: Limit) -> str:
    if name.endswith("_fen"):
        return in_wan(limit.value)
    if name.endswith("_working_days"):
        return limit.span
    return str(limit.value)


@router.get("/registration-rules")
def registration_rules_page(request: Request, _reader: KnownActor) -> Response:
    """Regulations, categories, limits, questions, papers, checks, reasons of refusal, benefits."""
    known = rules()
    limits = [(label, _in_words(name, one), one) for name, label in _LIMITS.items() for one in known.limits[name]]
    categories = {one.value: one.label for one in ContractCategory}
    kinds = {one.value: one.label for one in ContractKind}
    questions = in_force(known.questions, today())
    named = categories | kinds
    context = {
        "applies": {
            one.code: "、".join(named[code] for code in (*one.categories, *one.kinds)) or "各类合同"
            for one in questions
        },
        "rules": known,
        "limits": limits,
        "categories": categories,
        "kinds": kinds,
        "questions": questions,
        "papers": in_force(known.papers, today()),
        "points": {one.value: one.label for one in ContractStatus} | _POINTS,
        "today": today(),
    }
    return templates.TemplateResponse(request, "precheck/rules.html", context)
