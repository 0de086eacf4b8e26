"""What a field of a contract says, in words: for versions, amendments and the history."""

from typing import Any

from babel.numbers import get_currency_name

from matchmaker.classification import classification
from matchmaker.contracts.labels import FIELD_LABELS
from matchmaker.models.contract import PartyDetails
from matchmaker.models.contract_shapes import country_name
from matchmaker.models.contract_words import (
    AmountCertainty,
    CompanyScale,
    ContractCategory,
    ContractIp,
    ContractKind,
    ContractStatus,
    PaymentMode,
)
from matchmaker.models.labels import Labelled
from matchmaker.money import yuan_shown
from matchmaker.registration_rules import rules

EMPTY = "（空）"
_ENUMS: dict[str, type[Labelled]] = {
    "category": ContractCategory,
    "kind": ContractKind,
    "amount_certainty": AmountCertainty,
    "payment_mode": PaymentMode,
    "ip_type": ContractIp,
    "scale": CompanyScale,
    "status": ContractStatus,
}
DETAIL_LABELS: dict[str, str] = {
    "address": "地址",
    "legal_representative": "法定代表人",
    "contact_name": "联系人",
    "contact_phone": "联系电话",
    "postcode": "邮编",
    "industry_code": "从事的国民经济行业",
    "scale": "企业规模",
    "is_transfer_body": "技术转移机构",
    "is_research_body": "研发机构",
    "is_converted_institute": "转制科研院所",
    "is_in_high_tech_zone": "国家高新区内",
    "is_listed": "上市企业",
}


def in_words(field: str, value: Any) -> str:
    """The value as it stands in a version's content (JSON), for people; `（空）` for nothing."""
    if value is None or value in ("", []):
        return EMPTY
    if field in _ENUMS:
        return next((one.label for one in _ENUMS[field] if one == value), str(value))
    if field.endswith("_fen"):
        return f"{yuan_shown(value)} 元"
    if isinstance(value, bool):
        return "是" if value else "否"
    if field == "deductions":
        return "；".join(f"{one['what']} {yuan_shown(one['amount_fen'])} 元" for one in value)
    if field == "rights":
        return "；".join(" ".join(part for part in (one["number"], one.get("name", "")) if part) for one in value)
    if field.endswith("_details"):
        return _details(value)
    return _code(field, str(value))


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Heading, earlier and later value of every field that differs; of the parties' details only what differs."""
    found: list[tuple[str, str, str]] = []
    for field, label in FIELD_LABELS.items():
        old, new = before.get(field), after.get(field)
        if field not in after or old == new:
            continue
        if field.endswith("_details"):
            old, new = (dict(side or {}) for side in (old, new))
            # Older versions do not have every detail: one that is not there says as little as an empty one.
            changed = [name for name in DETAIL_LABELS if (old.get(name) or None) != (new.get(name) or None)]
            if not changed:
                continue
            old, new = ({name: side.get(name) for name in changed} for side in (old, new))
        found.append((label, in_words(field, old), in_words(field, new)))
    return found


def details_in_words(details: PartyDetails) -> list[tuple[str, str]]:
    """What is stated of a party beyond its name, with headings."""
    content = details.model_dump()
    return [(label, in_words(name, content[name])) for name, label in DETAIL_LABELS.items() if content[name]]


def _details(value: dict[str, Any]) -> str:
    stated = [(name, one) for name, one in value.items() if one and name in DETAIL_LABELS]
    return "；".join(f"{DETAIL_LABELS[name]} {in_words(name, one)}" for name, one in stated) or EMPTY


def _code(field: str, value: str) -> str:
    lists = classification()
    if field.endswith("_region_code"):
        return lists.region_name(value)
    if field.endswith("_country"):
        return country_name(value)
    if field == "currency":
        return get_currency_name(value, locale="zh")
    vocabularies = {
        "seller_nature": rules().natures,
        "buyer_nature": rules().natures,
        "plan_source": rules().plan_sources,
        "objective": rules().objectives,
        "technology_field": lists.technology_fields,
        "city_industry": lists.city.industries,
    }
    if field == "industry_code":
        # Groups and classes below the division have no label of their own: the division's stands for them.
        return f"{lists.industries.label(value[:3])} {value}"
    return vocabularies[field].label(value) if field in vocabularies else value
