"""What is wrong with a contract, or should be looked at, before it goes to the registry (domain.md §2.6)."""

from dataclasses import replace
from datetime import date

from sqlmodel import Session

from matchmaker.contracts.checks_content import amounts, dates, number, qualification, rights
from matchmaker.contracts.checks_finding import Finding, Level, found
from matchmaker.contracts.checks_parties import parties, places
from matchmaker.contracts.duplicates import duplicates, splits
from matchmaker.contracts.labels import FIELD_LABELS
from matchmaker.contracts.life import OPEN
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_words import ContractCategory
from matchmaker.visibility import today

__all__ = ["OVERRIDABLE", "Finding", "Level", "check", "missing_fields"]

# Warnings that may be right as they are: whoever looked says why, and the finding becomes a note.
OVERRIDABLE = frozenset({"V2", "V3", "V4", "V5", "V6", "V7", "V14", "V16", "V17", "D1"})
_ORDER = list(Level)
# What the national form cannot be handed in without (domain.md §2.5).
_REQUIRED = (
    "title",
    "kind",
    "signed_on",
    "begins_on",
    "ends_on",
    "contract_value_fen",
    "technology_value_fen",
    "payment_mode",
    "ip_type",
    "technology_field",
    "industry_code",
    "objective",
    "plan_source",
    "is_related_party",
    "seller_name",
    "seller_nature",
    "buyer_name",
    "buyer_nature",
)
# Asked of transfers and licences only.
_OF_TRANSFERS = ("new_investment_fen", "new_output_fen")
_IN_CHINA = ("credit_code", "region_code")


def check(session: Session, contract: TechnologyContract, on: date | None = None) -> list[Finding]:
    """Everything found if it were applied for `on` that day, errors first.

    Without a day: that of the application if there is one, else today. Officials' findings are among them: who shows
    them looks at `officials_only`. A warning that was overruled comes as INFO with the reason.
    """
    day = on or contract.submitted_on or today()
    listed = [
        *amounts(contract),
        *dates(contract, day),
        *parties(session, contract),
        *places(contract),
        *rights(contract),
        *number(contract),
    ]
    if contract.status in OPEN:
        listed += [*qualification(contract, day), *_missing(contract)]
    listed += [*duplicates(session, contract), *splits(session, contract)]
    return sorted((_overruled(contract, one) for one in listed), key=lambda one: _ORDER.index(one.level))


def missing_fields(contract: TechnologyContract) -> list[str]:
    """The fields the national form requires and the contract does not state, in the order of the form."""
    wanted = list(_REQUIRED)
    if contract.category in (ContractCategory.TRANSFER, ContractCategory.LICENCE):
        wanted += _OF_TRANSFERS
    for side in ("seller", "buyer"):
        if getattr(contract, f"{side}_country") == "CN":
            wanted += [f"{side}_{name}" for name in _IN_CHINA]
    order = list(FIELD_LABELS)
    # An amount of zero is stated; what zero means is said by V2.
    empty = [one for one in wanted if getattr(contract, one) in (None, "")]
    return sorted(empty, key=order.index)


def _missing(contract: TechnologyContract) -> list[Finding]:
    missing = missing_fields(contract)
    if not missing:
        return []
    named = "、".join(FIELD_LABELS[one] for one in missing)
    sentence = f"登记表还有 {len(missing)} 项未填：{named}"
    return [found("D3", Level.WARN, sentence, "请补全；登记机构的系统不接受空项", missing[0])]


def _overruled(contract: TechnologyContract, one: Finding) -> Finding:
    reason = contract.overrides.get(one.confirmed_as, "")
    if one.level is not Level.WARN or one.rule not in OVERRIDABLE or not reason:
        return one
    return replace(one, level=Level.INFO, repair=f"已确认：{reason}")
