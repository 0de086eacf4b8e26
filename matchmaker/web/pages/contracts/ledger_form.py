"""The form of a contract: what was typed, what it means, what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from pydantic import ValidationError
from starlette.datastructures import FormData

from matchmaker.classification import Vocabulary, classification, region_code
from matchmaker.contracts.labels import FIELD_LABELS
from matchmaker.contracts.plausible import suggested_fen
from matchmaker.contracts.versions import OF_THE_REGISTRY
from matchmaker.contracts.words import DETAIL_LABELS
from matchmaker.models.codes import checked_industry
from matchmaker.models.contract import ContractFields, PartyDetails, TechnologyContract
from matchmaker.models.contract_shapes import ContractInput, country_name
from matchmaker.models.contract_words import (
    KINDS,
    AmountCertainty,
    CompanyScale,
    ContractCategory,
    ContractIp,
    PaymentMode,
)
from matchmaker.models.labels import Labelled
from matchmaker.money import fen_of_yuan, in_wan, yuan_text
from matchmaker.registration_rules import rules
from matchmaker.visibility import today
from matchmaker.web.forms import FormErrors, text_of

S = TypeVar("S", bound=ContractInput)

SIDES = ("seller", "buyer")
# Rows of a list that can be filled in one go; more are added by saving and opening the form again.
SPARE_ROWS = 3
# Typed in yuan under the name without `_fen`.
AMOUNTS = ("contract_value", "technology_value", "new_investment", "new_output")
_ASKED_TWICE = ("contract_value", "technology_value")
_DETAILS = tuple(PartyDetails.model_fields)
_TICKED = tuple(name for name in _DETAILS if name.startswith("is_"))
_LISTS = {"deductions": ("what", "amount"), "rights": ("number", "name", "expires_on")}
_PLAIN = tuple(
    name
    for name in ContractFields.model_fields
    if name not in _LISTS and not name.endswith(("_fen", "_details")) and name != "is_related_party"
)
LABELS: dict[str, str] = {
    **{name.removesuffix("_fen"): label for name, label in FIELD_LABELS.items()},
    **{f"{side}_{name}": label for side in SIDES for name, label in DETAIL_LABELS.items()},
    "reason": "原因",
}


@dataclass
class ContractForm:
    """One submitted (or not yet submitted) form. `typed`: what stands in the fields; `rows`: those of the two lists."""

    typed: dict[str, str] = field(default_factory=dict)
    rows: dict[str, list[dict[str, str]]] = field(default_factory=lambda: {name: [] for name in _LISTS})
    values: dict[str, Any] = field(default_factory=dict)
    errors: FormErrors = field(default_factory=FormErrors)
    # Amount fields that have to be confirmed: the amount in fen as it was typed.
    doubted: dict[str, int] = field(default_factory=dict)

    def shape(self, shape: type[S], **more: Any) -> S | None:
        """The values as this shape; None where something is wrong, which then stands in `errors`."""
        if self.errors:
            return None
        try:
            return shape.model_validate(self.values | more)
        except ValidationError as error:
            found = FormErrors()
            found.take(error)
            for name, sentence in found.by_field.items():
                self.errors.add(name.removesuffix("_fen"), sentence)
        return None


def form_of(contract: ContractFields) -> ContractForm:
    """The form filled in with what the contract says."""
    typed = {name: _typed(name, getattr(contract, name)) for name in _PLAIN}
    for name in AMOUNTS:
        fen = getattr(contract, f"{name}_fen")
        typed[name] = "" if fen is None else yuan_text(fen)
    typed["is_related_party"] = {True: "yes", False: "no", None: ""}[contract.is_related_party]
    for side in SIDES:
        typed[f"{side}_country"] = country_name(getattr(contract, f"{side}_country"))
        details = getattr(contract, f"{side}_details").model_dump()
        typed |= {
            f"{side}_{name}": ("yes" if one else "") if name in _TICKED else _typed(name, one)
            for name, one in details.items()
        }
    rows = {
        "deductions": [{"what": one.what, "amount": yuan_text(one.amount_fen)} for one in contract.deductions],
        "rights": [
            {"number": one.number, "name": one.name, "expires_on": _typed("", one.expires_on)}
            for one in contract.rights
        ],
    }
    return ContractForm(typed=typed, rows=rows)


def read_form(sent: FormData) -> ContractForm:
    """What was submitted, amounts turned into fen; an implausible amount has to be confirmed (V16)."""
    form = ContractForm(typed={name: text_of(sent, name) for name in sent})
    for name in _PLAIN:
        text = form.typed.get(name, "")
        default = ContractFields.model_fields[name].get_default()
        if text or default is None or default == "":
            form.values[name] = text or default
    for name in ("title", "category"):
        if not form.typed.get(name):
            form.errors.add(name, "必填")
    form.values["is_related_party"] = {"yes": True, "no": False}.get(form.typed.get("is_related_party", ""))
    for name in AMOUNTS:
        _read_amount(form, name)
    for side in SIDES:
        given = {name: form.typed.get(f"{side}_{name}", "") for name in _DETAILS}
        if given["industry_code"]:
            try:
                given["industry_code"] = checked_industry(given["industry_code"])
            except ValueError as error:
                form.errors.add(f"{side}_industry_code", str(error))
        form.values[f"{side}_details"] = {name: one == "yes" if name in _TICKED else one for name, one in given.items()}
    for name, cells in _LISTS.items():
        form.rows[name] = _rows(form.typed, name, cells)
    _read_lists(form)
    return form


def registry_typed(contract: TechnologyContract) -> dict[str, str]:
    """What the registry gave, as a form shows it that corrects what was entered wrongly here."""
    return {name: _typed(name, getattr(contract, name)) for name in OF_THE_REGISTRY}


def form_context(form: ContractForm) -> dict[str, Any]:
    """What the template of the form needs beside the form itself."""
    lists, known = classification(), rules()
    blank = {name: dict.fromkeys(cells, "") for name, cells in _LISTS.items()}
    return {
        "form": form,
        "values": form.typed,
        "errors": form.errors,
        "labels": LABELS,
        "rows": {name: [*form.rows[name], *([blank[name]] * SPARE_ROWS)] for name in _LISTS},
        "echoes": _echoes(form.typed),
        "in_wan": in_wan,
        "categories": _pairs(ContractCategory),
        "kinds": [(one.value, f"{category.label}：{one.label}") for category, kinds in KINDS.items() for one in kinds],
        "certainties": _pairs(AmountCertainty),
        "payments": _pairs(PaymentMode),
        "ips": _pairs(ContractIp),
        "natures": _codes(known.natures),
        "plans": _codes(known.plan_sources),
        "objectives": _codes(known.objectives),
        "fields": _codes(lists.technology_fields),
        "city_industries": _codes(lists.city.industries),
        "parks": [(one, one) for one in lists.city.parks],
        "detail_labels": DETAIL_LABELS,
        "ticked": _TICKED,
        # What is wrong in the folded part is not hidden in it.
        "opened": [
            side for side in SIDES if any(f"{side}_{name}" in form.errors.by_field for name in ("details", *_DETAILS))
        ],
        "carriers": known.advice_at("deductions", today()),
        "scales": _pairs(CompanyScale),
        "sides": (("seller", "卖方"), ("buyer", "买方")),
    }


def _read_amount(form: ContractForm, name: str) -> None:
    text = form.typed.get(name, "")
    if not text:
        form.values[f"{name}_fen"] = 0 if name in _ASKED_TWICE else None
        return
    try:
        fen = fen_of_yuan(text)
    except ValueError as error:
        form.errors.add(name, str(error))
        return
    form.values[f"{name}_fen"] = fen
    better = suggested_fen(fen)
    if name in _ASKED_TWICE and better is not None:
        form.doubted[name] = fen
        if form.typed.get(f"sure_{name}") != str(fen):
            form.errors.add(
                name,
                f"填写的是 {yuan_text(fen)} 元（{in_wan(fen)}），单位可能有误："
                f"如应为 {in_wan(better)}，请填 {yuan_text(better)}；金额无误请勾选确认",
            )


def _rows(typed: Mapping[str, str], name: str, cells: tuple[str, ...]) -> list[dict[str, str]]:
    """The rows that have anything in them, however many were sent: what is not read here would be lost."""
    sent = max(sum(one.startswith(f"{name}-{cell}-") for one in typed) for cell in cells)
    found = [{cell: typed.get(f"{name}-{cell}-{row}", "") for cell in cells} for row in range(sent)]
    return [row for row in found if any(row.values())]


def _read_lists(form: ContractForm) -> None:
    deductions = []
    for row in form.rows["deductions"]:
        try:
            deductions.append({"what": row["what"], "amount_fen": fen_of_yuan(row["amount"] or "0")})
        except ValueError as error:
            form.errors.add("deductions", f"“{row['what'] or row['amount']}”：{error}")
        if not row["what"]:
            form.errors.add("deductions", "每项费用都要写明名称，如 设备购置费")
    form.values["deductions"] = deductions
    for row in form.rows["rights"]:
        if not row["number"]:
            form.errors.add("rights", "每项权利都要填写编号")
    form.values["rights"] = [
        {"number": row["number"], "name": row["name"], "expires_on": row["expires_on"] or None}
        for row in form.rows["rights"]
    ]


def _echoes(typed: Mapping[str, str]) -> dict[str, str]:
    """What an amount or a region means, said back beside its field."""
    found = {}
    for name in AMOUNTS:
        try:
            found[name] = f"= {in_wan(fen_of_yuan(typed[name]))}" if typed.get(name) else ""
        except ValueError:
            found[name] = ""
    lists = classification()
    for side in SIDES:
        name = f"{side}_region_code"
        try:
            found[name] = lists.region_name(region_code(typed[name])) if typed.get(name) else ""
        except ValueError:
            found[name] = ""
    return found


def _typed(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, StrEnum):
        return value.value
    return str(value)


def _pairs(labels: type[Labelled]) -> list[tuple[str, str]]:
    return [(one.value, one.label) for one in labels]


def _codes(vocabulary: Vocabulary) -> list[tuple[str, str]]:
    return [(one.code, one.label) for one in vocabulary.entries]
