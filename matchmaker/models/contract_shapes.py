"""The shapes in which contracts come from outside: checked codes, checked parties, no unknown field."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, ClassVar, Self

from babel import Locale
from pydantic import field_validator, model_validator
from sqlmodel import Field

from matchmaker.classification import classification, region_code
from matchmaker.models.base import OUTSIDE, checked_credit_code
from matchmaker.models.codes import CheckedCodes, checked_industry
from matchmaker.models.contract import ContractFields, PartyDetails
from matchmaker.models.contract_words import CATEGORY_OF, ContractCategory, ContractKind
from matchmaker.models.parts import labelled
from matchmaker.registration_rules import rules

_COUNTRIES = Locale("zh").territories
_COUNTRY_CODES = {label: code for code, label in _COUNTRIES.items() if len(code) == 2}
_COUNTRY_CODES |= {
    "中华人民共和国": "CN",
    "香港": "HK",
    "澳门": "MO",
    "中国香港": "HK",
    "中国澳门": "MO",
    "中国台湾": "TW",
}


def country_name(code: str) -> str:
    """The Chinese name of an ISO 3166-1 alpha-2 code; the code itself if there is none."""
    return str(_COUNTRIES.get(code, code))


def country_of(written: str) -> str | None:
    """The ISO 3166-1 alpha-2 code of a country's Chinese name; None for what is no such name."""
    return _COUNTRY_CODES.get(written)


def belongs_to(kind: ContractKind, category: ContractCategory, signed_on: date | None) -> bool:
    """Is the kind one of that category: today's, or, of a contract signed then, that of the day of signing?

    专利实施许可 stood under 技术转让 before the Civil Code: older registrations stay as they were made (domain.md §2.1).
    """
    if CATEGORY_OF[kind] is category:
        return True
    return signed_on is not None and rules().stands_under(kind, category, signed_on)


class ContractCodes(CheckedCodes):
    """Codes of both parties and of the dated lists: a label is accepted, the code is stored."""

    @field_validator("seller_credit_code", "buyer_credit_code", mode="before", check_fields=False)
    @classmethod
    def party_credit_code(cls, value: Any) -> Any:
        return checked_credit_code(value) if isinstance(value, str) else value

    @field_validator("seller_details", "buyer_details", mode="after", check_fields=False)
    @classmethod
    def party_industry(cls, value: PartyDetails) -> PartyDetails:
        if not value.industry_code:
            return value
        return value.model_copy(update={"industry_code": checked_industry(value.industry_code)})

    @field_validator("seller_region_code", "buyer_region_code", mode="before", check_fields=False)
    @classmethod
    def party_region(cls, value: Any) -> Any:
        return region_code(value) if isinstance(value, str) and value.strip() else None

    @field_validator("seller_park", "buyer_park", mode="before", check_fields=False)
    @classmethod
    def party_park(cls, value: Any) -> Any:
        # The park of a party elsewhere is not in the city's list, and no dimension of its figures.
        return value.strip() if isinstance(value, str) and value.strip() in classification().city.parks else None

    @field_validator("seller_country", "buyer_country", mode="before", check_fields=False)
    @classmethod
    def party_country(cls, value: Any) -> Any:
        if not isinstance(value, str) or not value.strip():
            return "CN"
        written = value.strip()
        code = _COUNTRY_CODES.get(written, written.upper())
        if len(code) != 2 or code not in _COUNTRIES:
            raise ValueError(f"“{written}”不是国家或地区：请填中文名称或两位代码，如 中国、德国、US")
        return code

    @field_validator("seller_nature", "buyer_nature", mode="before", check_fields=False)
    @classmethod
    def party_nature(cls, value: Any) -> Any:
        return rules().natures.code_of(value) if isinstance(value, str) and value.strip() else None

    @field_validator("plan_source", mode="before", check_fields=False)
    @classmethod
    def plan_source_code(cls, value: Any) -> Any:
        return rules().plan_sources.code_of(value) if isinstance(value, str) and value.strip() else None

    @field_validator("objective", mode="before", check_fields=False)
    @classmethod
    def objective_code(cls, value: Any) -> Any:
        return rules().objectives.code_of(value) if isinstance(value, str) and value.strip() else None

    @field_validator("currency", mode="before", check_fields=False)
    @classmethod
    def currency_code(cls, value: Any) -> Any:
        if not isinstance(value, str) or not value.strip():
            return "CNY"
        written = value.strip().upper()
        named = {"人民币": "CNY", "元": "CNY", "RMB": "CNY", "美元": "USD", "欧元": "EUR", "日元": "JPY", "港元": "HKD"}
        code = named.get(written, written)
        if code not in Locale("zh").currencies:
            raise ValueError(f"“{value}”不是货币：请填人民币、美元或三位代码，如 EUR")
        return code

    @field_validator("foreign_amount", "exchange_rate", mode="before", check_fields=False)
    @classmethod
    def decimal_text(cls, value: Any) -> Any:
        if value in (None, ""):
            return ""
        try:
            number = Decimal(str(value).replace(",", "").strip())
        except InvalidOperation:
            number = Decimal(0)
        if not number.is_finite() or not 0 < number < 10**13:
            raise ValueError("应为大于零的数：请填如 7.1203")
        return format(number.normalize(), "f")


class ContractInput(ContractCodes, ContractFields):
    """What is common to a new contract and a changed one.

    Raises ValueError for what can never be right: V1 (technology value above contract value), an end before the
    beginning, a kind of another category. What may be right later is said by the checks, not here.
    """

    model_config = OUTSIDE
    # What a change does not state has only its default here: over the stored value `drafting.py` compares.
    is_partial: ClassVar[bool] = False

    @model_validator(mode="after")
    def fits_together(self) -> Self:
        if self.kind is not None and "category" in self.model_fields_set and not self._kind_fits():
            raise ValueError(f"“{self.kind.label}”不属于{self.category.label}：请改选合同类型或类别")
        states_value = not self.is_partial or "contract_value_fen" in self.model_fields_set
        if states_value and self.technology_value_fen > self.contract_value_fen:
            raise ValueError("技术交易额大于合同成交额：请核对两个金额（技术交易额 = 成交额 − 非技术性费用）")
        if self.begins_on and self.ends_on and self.ends_on < self.begins_on:
            raise ValueError("合同有效期的结束早于开始：请核对起止日期")
        return self

    def _kind_fits(self) -> bool:
        if self.kind is None or belongs_to(self.kind, self.category, self.signed_on):
            return True
        # The day of signing is the stored one: over it `drafting.py` looks again.
        is_left_open = self.is_partial and "signed_on" not in self.model_fields_set
        return is_left_open and rules().stands_under(self.kind, self.category, None)


class ContractCreate(ContractInput):
    """A new contract. `source` + `source_id` is its natural key; without them it was typed in."""

    source: str | None = Field(default=None, max_length=100)
    source_id: str | None = Field(default=None, max_length=200)
    match_id: int | None = None
    # What lists of offices also say of contracts that are registered already.
    registration_number: str | None = Field(default=None, max_length=16)
    registered_on: date | None = None
    registry_name: str = Field(default="", max_length=200)


class ContractUpdate(ContractInput):
    """A change: only the fields that are given change. `version` is the one that was read."""

    is_partial: ClassVar[bool] = True

    title: str = Field(default="", min_length=2, max_length=300)
    category: Annotated[ContractCategory, labelled(ContractCategory)] = Field(default=ContractCategory.DEVELOPMENT)
    version: int
