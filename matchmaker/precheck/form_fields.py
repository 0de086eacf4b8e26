"""The fields of the national form 全国技术合同登记表 in its order, with what the contract says (domain.md §2.5)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from matchmaker.contracts.labels import FIELD_LABELS
from matchmaker.contracts.words import DETAIL_LABELS, EMPTY, in_words
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_words import ContractSide
from matchmaker.money import FEN_PER_YUAN, yuan_shown
from matchmaker.registration_rules import rules

# What the platform never fills in itself.
NO_NUMBER = "登记编号由登记机构出具"
_CONTRACT = (
    "title",
    "category",
    "kind",
    "signed_on",
    "begins_on",
    "ends_on",
    "contract_value_fen",
    "technology_value_fen",
    "deductions",
    "amount_certainty",
    "payment_mode",
    "currency",
    "foreign_amount",
    "exchange_rate",
    "rate_on",
    "is_related_party",
    "plan_source",
    "ip_type",
    "rights",
    "technology_field",
    "industry_code",
    "objective",
    "new_investment_fen",
    "new_output_fen",
)
# Of a party; what lies in its details is looked up there.
_PARTY = (
    "name",
    "credit_code",
    "country",
    "region_code",
    "nature",
    "is_transfer_body",
    "is_research_body",
    "is_converted_institute",
    "is_in_high_tech_zone",
    "park",
    "is_listed",
    "scale",
    "address",
    "legal_representative",
    "contact_name",
    "contact_phone",
    "postcode",
    "industry_code",
)
# Codes the national system asks for beside the label.
_CODED = frozenset({"region_code", "nature", "industry_code"})


@dataclass(frozen=True)
class FormField:
    """One field: `text` for people, `amount` in yuan where it is one, `code` where the form takes a code."""

    label: str
    text: str
    code: str = ""
    amount: Decimal | None = None


@dataclass(frozen=True)
class FormSection:
    """The contract, the buyer or the seller."""

    title: str
    fields: list[FormField]


def form_sections(contract: TechnologyContract) -> list[FormSection]:
    """The form, filled in. The number is the registry's own or a sentence that says who gives it."""
    content = contract.model_dump(mode="json")
    number = FormField(FIELD_LABELS["registration_number"], contract.registration_number or NO_NUMBER)
    sections = [FormSection("合同", [number, *(_field(content, one) for one in _CONTRACT)])]
    for side in (ContractSide.BUYER, ContractSide.SELLER):
        sections.append(FormSection(side.label, [_of_party(content, side, one) for one in _PARTY]))
    return sections


def _of_party(content: dict[str, Any], side: ContractSide, name: str) -> FormField:
    if name not in DETAIL_LABELS:
        return _field(content, f"{side}_{name}")
    value = content[f"{side}_details"].get(name)
    code = str(value) if name in _CODED and value else ""
    return FormField(f"{side.label}{DETAIL_LABELS[name]}", in_words(name, value), code)


def _field(content: dict[str, Any], name: str) -> FormField:
    value = content[name]
    label = FIELD_LABELS[name]
    if name.endswith("_fen"):
        if not isinstance(value, int):
            return FormField(f"{label}（元）", EMPTY)
        return FormField(f"{label}（元）", yuan_shown(value), amount=Decimal(value) / FEN_PER_YUAN)
    plain = name.removeprefix("seller_").removeprefix("buyer_")
    code = str(value) if plain in _CODED and value else ""
    if plain == "country":
        code = rules().customs_codes.get(str(value), "")
    return FormField(label, in_words(name, value), code)
