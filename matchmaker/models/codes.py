"""Codes of the dated lists in Create and Update shapes: a label or alias is accepted, the code is stored.

Only shapes that come from outside are checked. A stored record is read back as it is, so a new edition of a
list never makes an old record unreadable.
"""

from typing import Any

from pydantic import BaseModel, field_validator
from stdnum.cn import ric

from matchmaker.classification import Vocabulary, classification
from matchmaker.models.base import checked_credit_code

# Keywords, indicators, must-haves: what nobody would read to the end, and every comparison would.
MOST_ITEMS = 100


class CheckedCodes(BaseModel):
    """Mixin of every shape from outside: fields of these names are looked up in their lists, NUL and endless lists are
    refused everywhere.
    """

    @field_validator("*", mode="before")
    @classmethod
    def storable(cls, value: Any) -> Any:
        if _has_nul(value):
            # PostgreSQL cannot store it, and no keyboard makes it.
            raise ValueError("含有不可见的空字符（NUL）：请删去后重新输入")
        if isinstance(value, list | tuple) and len(value) > MOST_ITEMS:
            raise ValueError(f"有 {len(value)} 项，最多 {MOST_ITEMS} 项：请合并，或只留主要的")
        return value

    @field_validator("technology_field", mode="before", check_fields=False)
    @classmethod
    def technology_field_code(cls, value: Any) -> Any:
        return classification().technology_fields.code_of(value) if _written(value) else None

    @field_validator("hitech_field", mode="before", check_fields=False)
    @classmethod
    def hitech_field_code(cls, value: Any) -> Any:
        return classification().hitech_fields.code_of(value) if _written(value) else None

    @field_validator("emerging_industry", mode="before", check_fields=False)
    @classmethod
    def emerging_industry_code(cls, value: Any) -> Any:
        return classification().emerging_industries.code_of(value) if _written(value) else None

    @field_validator("city_industry", mode="before", check_fields=False)
    @classmethod
    def city_industry_code(cls, value: Any) -> Any:
        return classification().city.industries.code_of(value) if _written(value) else None

    @field_validator("technology_fields", mode="before", check_fields=False)
    @classmethod
    def technology_field_codes(cls, value: Any) -> Any:
        return _codes(classification().technology_fields, value)

    @field_validator("city_industries", mode="before", check_fields=False)
    @classmethod
    def city_industry_codes(cls, value: Any) -> Any:
        return _codes(classification().city.industries, value)

    @field_validator("certificate_number", mode="before", check_fields=False)
    @classmethod
    def no_identity_number(cls, value: Any) -> Any:
        if not _written(value):
            return None
        if ric.is_valid(value):
            # Profiles are public, and the number of an identity card is nobody's business here.
            raise ValueError("这是身份证号，不是证书编号：请填技术经纪人证书上的编号")
        return value

    @field_validator("region_code", mode="before", check_fields=False)
    @classmethod
    def region_code_known(cls, value: Any) -> Any:
        return classification().regions.code_of(value) if _written(value) else None

    @field_validator("park", mode="before", check_fields=False)
    @classmethod
    def park_of_the_city(cls, value: Any) -> Any:
        if not _written(value):
            return None
        parks = classification().city.parks
        if value.strip() not in parks:
            raise ValueError(f"“{value}”不是本市登记的园区，可填：{'、'.join(parks)}")
        return value.strip()

    @field_validator("industry_code", mode="before", check_fields=False)
    @classmethod
    def industry_code_known(cls, value: Any) -> Any:
        return checked_industry(value) if _written(value) else None

    @field_validator("industry_codes", mode="before", check_fields=False)
    @classmethod
    def industry_codes_known(cls, value: Any) -> Any:
        return [checked_industry(one) for one in value if _written(one)] if isinstance(value, list) else value

    @field_validator(
        "credit_code", "enterprise_credit_code", "institution_credit_code", mode="before", check_fields=False
    )
    @classmethod
    def credit_code_checked(cls, value: Any) -> Any:
        return checked_credit_code(value) if isinstance(value, str) else value


def _codes(vocabulary: Vocabulary, values: Any) -> Any:
    """Each once, in the given order; what is no list is left to pydantic."""
    if not isinstance(values, list):
        return values
    return list(dict.fromkeys(vocabulary.code_of(one) for one in values if _written(one)))


def _written(value: Any) -> bool:
    if value is None:
        return False
    if not isinstance(value, str):
        raise ValueError("应为文字：请填代码或名称")
    return bool(value.strip())


def _has_nul(value: Any) -> bool:
    """In the text itself, or anywhere inside a list or an object."""
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_has_nul(one) for pair in value.items() for one in pair)
    return isinstance(value, list | tuple) and any(_has_nul(one) for one in value)


def checked_industry(text: str) -> str:
    """The GB/T 4754 code of `C26`, `26`, `C2614` or a label; below the two-digit division it is kept as given.

    Raises ValueError that names what may be written.
    """
    industries = classification().industries
    code = text.strip().upper()
    if code.isascii() and code[1:].isdigit() and len(code) <= 5 and code[:3] in industries:
        return code
    if code.isascii() and code.isdigit() and 2 <= len(code) <= 4:
        for section in "ABCDEFGHIJKLMNOPQRST":
            if f"{section}{code[:2]}" in industries:
                return f"{section}{code}"
    return industries.code_of(text)
