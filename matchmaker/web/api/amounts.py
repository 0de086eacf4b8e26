"""Amounts in the API: strings in yuan, `"12345.60"`. A JSON number may have been a float on its way, so none is taken."""

import re
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from matchmaker.models.contract import LARGEST_FEN
from matchmaker.models.parts import AMOUNT, YUAN_SHOWN
from matchmaker.money import fen_of_yuan, yuan_text

_YUAN = r"^[0-9]{1,12}(\.[0-9]{1,2})?$"
_SENT = {**YUAN_SHOWN, "pattern": _YUAN, "description": f"{AMOUNT}，最多两位小数"}


def _fen(value: Any) -> int:
    if not isinstance(value, str):
        raise ValueError('金额应写成字符串，单位元，最多两位小数，如 "12345.60"')
    # On a form thousands may be separated; between programs there is one way to write a number.
    if not re.fullmatch(_YUAN, value, re.ASCII):
        raise ValueError('金额应为元，最多两位小数，不带逗号、空格和“万”“元”等字样，如 "12345.60"')
    if (fen := fen_of_yuan(value)) > LARGEST_FEN:
        raise ValueError(f"金额不能大于 {yuan_text(LARGEST_FEN)} 元，请核对单位")
    return fen


# What is sent: text in, integer fen inside.
SentYuan = Annotated[int, BeforeValidator(_fen), Field(ge=0, le=LARGEST_FEN), WithJsonSchema(_SENT)]
# What is answered: integer fen inside, text out.
ShownYuan = Annotated[int, PlainSerializer(yuan_text, return_type=str), WithJsonSchema(YUAN_SHOWN)]


def in_yuan(values: dict[str, Any]) -> dict[str, Any]:
    """Stored values by name, as the API says them: `contract_value_fen: 1234560` → `contract_value: "12345.60"`."""
    return {name.removesuffix("_fen"): _shown(name, value) for name, value in values.items()}


def rounded(ratio: Fraction, step: str) -> str:
    """A ratio for people, `step` as `"0.0001"`; the exact one is in the amounts."""
    return str((Decimal(ratio.numerator) / ratio.denominator).quantize(Decimal(step), ROUND_HALF_UP))


def _shown(name: str, value: Any) -> Any:
    if name.endswith("_fen"):
        return None if value is None else yuan_text(value)
    if isinstance(value, dict):
        return in_yuan(value)
    if isinstance(value, list):
        return [in_yuan(one) if isinstance(one, dict) else one for one in value]
    return value
