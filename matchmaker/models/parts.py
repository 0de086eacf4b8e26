"""Shapes inside a record: indicators, the five elements, intellectual property, contact."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from matchmaker.models.labels import IntellectualPropertyStatus, IntellectualPropertyType, Labelled, Operator

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]
Keyword = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]

# An amount as programs read it (`money.yuan_text`), and how the description of every amount begins.
AMOUNT = "金额，单位元"
YUAN_SHOWN: dict[str, Any] = {
    "type": "string",
    # A correction may be negative.
    "pattern": r"^-?[0-9]+\.[0-9]{2}$",
    "description": f"{AMOUNT}，两位小数",
    "examples": ["12345.60"],
}
YuanText = Annotated[str, WithJsonSchema(YUAN_SHOWN)]


def labelled(enum: type[Labelled]) -> BeforeValidator:
    """Accept a member's value, Chinese label or usual alias."""

    def parse(value: Any) -> Any:
        return enum.parse(value) if isinstance(value, str) else value

    return BeforeValidator(parse)


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Indicator(Part):
    """A key indicator a need asks for: `target` with `unit`, and where the enterprise stands today (`current`)."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    operator: Annotated[Operator, labelled(Operator)] = Operator.TEXT
    target: Annotated[str, Field(max_length=300)] = ""
    unit: Annotated[str, Field(max_length=40)] = ""
    current: Annotated[str, Field(max_length=100)] = ""

    def sentence(self) -> str:
        """The indicator as a person writes it: `抗拉强度 ≥ 600 MPa(现状 480)`."""
        sign = {">=": "≥", "<=": "≤", "range": "", "text": ""}.get(self.operator, str(self.operator))
        words = " ".join(part for part in (self.name, sign, self.target, self.unit) if part)
        return f"{words}（现状 {self.current}）" if self.current else words


class AchievedIndicator(Part):
    """What an achievement reaches, and by how much it is better than the best existing solution."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    value: Annotated[str, Field(max_length=300)] = ""
    unit: Annotated[str, Field(max_length=40)] = ""
    best_existing: Annotated[str, Field(max_length=100)] = ""
    comparison: Annotated[str, Field(max_length=300)] = ""

    def sentence(self) -> str:
        words = " ".join(part for part in (self.name, self.value, self.unit) if part)
        return f"{words}（{self.comparison}）" if self.comparison else words


class Elements(Part):
    """The five elements of a technology: 材料 / 方法 / 功效 / 产品 / 应用. Empty is unknown."""

    material: Line = ""
    method: Line = ""
    efficacy: Line = ""
    product: Line = ""
    application: Line = ""

    def sentence(self) -> str:
        return "；".join(part for part in self.model_dump().values() if part)


ELEMENT_LABELS = {"material": "材料", "method": "方法", "efficacy": "功效", "product": "产品", "application": "应用"}


class IntellectualProperty(Part):
    """One right behind an achievement."""

    type: Annotated[IntellectualPropertyType, labelled(IntellectualPropertyType)]
    number: Annotated[str, Field(max_length=60)] = ""
    status: Annotated[IntellectualPropertyStatus | None, labelled(IntellectualPropertyStatus)] = None
    holder: Annotated[str, Field(max_length=100)] = ""
    share: Annotated[str, Field(max_length=40)] = ""
