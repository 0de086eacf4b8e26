"""What is typed comes back as it was typed, and means what it says."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.models.achievement import AchievementUpdate
from matchmaker.models.need import NeedUpdate
from matchmaker.models.outbox import RecordKind
from matchmaker.posting.checked import checked
from matchmaker.posting.fields import FORMS
from matchmaker.posting.typed import as_typed, stated, typed_from

NAMES = {kind: sorted(form.single_names | form.repeated_names) for kind, form in FORMS.items()}
KINDS = st.sampled_from(list(RecordKind))


@given(st.data())
def test_a_draft_keeps_every_character(data: st.DataObject) -> None:
    kind = data.draw(KINDS)
    single = st.dictionaries(st.sampled_from(sorted(FORMS[kind].single_names)), st.text(max_size=30), max_size=8)
    repeated = st.dictionaries(
        st.sampled_from(sorted(FORMS[kind].repeated_names)), st.lists(st.text(max_size=10), min_size=1), max_size=3
    )
    typed: dict[str, Any] = {**data.draw(single), **data.draw(repeated)}
    pairs = [(name, one) for name, value in typed.items() for one in (value if isinstance(value, list) else [value])]
    kept = json.loads(json.dumps(typed_from(kind, pairs)))
    assert kept == typed


@given(st.data())
def test_no_form_is_beyond_reading(data: st.DataObject) -> None:
    kind = data.draw(KINDS)
    values = st.text(max_size=15) | st.sampled_from(["1", "public", "2027-06-30", "９９", ">=", "9", "1e9", "1,2"])
    pairs = data.draw(st.lists(st.tuples(st.sampled_from(NAMES[kind]), values), max_size=15))
    found = checked(kind, typed_from(kind, pairs))
    # Either it can be submitted, or something says why not.
    assert (found.create is None) == bool(found.problems or found.findings)


NEED = NeedUpdate.model_validate(
    {
        "version": 1,
        "title": "托盘耐水性不足",
        "need_type": "process",
        "problem": "吸水\n变形",
        "key_indicators": [
            {"name": "吸水率", "operator": "<=", "target": "8", "unit": "%", "current": "20"},
            {"name": "外观", "operator": "text", "target": "无毛边"},
        ],
        "elements": {"material": "秸秆"},
        "must_have": ["可降解", "耐 -18 ℃"],
        "keywords": ["PLC 控制"],
        "cooperation_modes": ["licence", "joint_development"],
        "budget_min_fen": 12_345_678,
        "budget_max_fen": 10**14,
        "deadline": "2027-06-30",
        "maturity_min": 6,
        "disclosure": {"problem": "brokers", "budget": "parties"},
        "poster_hidden": True,
        "confidentiality": "summary",
        "technology_field": None,
        "region_code": "990102",
        "park": "澄湖高新区",
        "contact_name": "王工",
        "contact_phone": "0000",
    }
)
ACHIEVEMENT = AchievementUpdate.model_validate(
    {
        "version": 1,
        "title": "模塑成型技术",
        "indicators": [{"name": "吸水率", "value": "6", "unit": "%", "best_existing": "15 %", "comparison": "低六成"}],
        "intellectual_property": [
            {"type": "invention_patent", "number": "ZL1", "status": "granted"},
            {"type": "technical_secret"},
        ],
        "maturity_level": 6,
        "industry_codes": ["C22", "C2927"],
        "team": ["甲", "乙"],
        "price_mode": "fixed",
        "price_fen": 120_500_000,
        "registered_number": "3412026Y0001",
        "registered_on": "2026-05-01",
        "pledged": True,
    }
)


@pytest.mark.parametrize(("kind", "record"), [(RecordKind.NEEDS, NEED), (RecordKind.ACHIEVEMENTS, ACHIEVEMENT)])
def test_the_form_of_a_record_states_the_record(kind: RecordKind, record: NeedUpdate | AchievementUpdate) -> None:
    typed = as_typed(kind, record)
    said = stated(kind, typed)
    assert not said.problems
    again = type(record).model_validate({**said.values, "version": 1})
    assert {name: getattr(again, name) for name in FORMS[kind].values} == {
        name: getattr(record, name) for name in FORMS[kind].values
    }


@pytest.mark.parametrize("kind", list(RecordKind))
def test_every_field_of_a_form_has_a_label_and_a_shape(kind: RecordKind) -> None:
    form = FORMS[kind]
    assert form.values <= form.create.model_fields.keys()
    assert form.values <= form.update.model_fields.keys()
    assert {form.on_form(name) for name in form.values} <= form.labels.keys()
    # What the form does not ask for: whose it is, where it came from, and what the review decides.
    left = form.create.model_fields.keys() - form.values
    assert not {name for name in left if name.startswith(("contact", "budget", "price", "element"))}


@pytest.mark.parametrize(
    ("typed", "fen"),
    [("80", 80_000_000), ("1,200", 1_200_000_000), ("0.5", 500_000), ("80万元", 80_000_000), ("5000元", 500_000)],
)
def test_amounts_are_in_wan(typed: str, fen: int) -> None:
    assert stated(RecordKind.NEEDS, {"budget_max": typed}).values["budget_max_fen"] == fen


def test_an_amount_that_looks_typed_in_yuan_is_asked_back() -> None:
    said = stated(RecordKind.NEEDS, {"budget_max": "500000"})
    assert said.values["budget_max_fen"] is None
    assert "请填 50" in said.problems["budget_max"]
    confirmed = stated(RecordKind.NEEDS, {"budget_max": "500000", "amount_confirmed": "1"})
    assert confirmed.values["budget_max_fen"] == 500_000_000_000
    # Whoever writes the unit has thought of it.
    assert stated(RecordKind.NEEDS, {"budget_max": "50亿元"}).values["budget_max_fen"] == 500_000_000_000
    assert stated(RecordKind.NEEDS, {"budget_max": "10000"}).values["budget_max_fen"] == 10_000_000_000


@pytest.mark.parametrize("typed", ["很多", "-5", "80-120", "1.2.3", "面议"])
def test_what_is_no_amount_is_said(typed: str) -> None:
    assert "万元" in stated(RecordKind.NEEDS, {"budget_min": typed}).problems["budget_min"]


def test_rows_without_a_character_are_no_rows() -> None:
    typed = {
        "indicator_name": ["", "吸水率"],
        "indicator_operator": [">=", "<="],
        "indicator_target": ["", "8"],
        "indicator_unit": ["", "%"],
        "indicator_current": [""],
    }
    assert stated(RecordKind.NEEDS, typed).values["key_indicators"] == [
        {"name": "吸水率", "operator": "<=", "target": "8", "unit": "%", "current": ""}
    ]


def test_what_holds_is_kept_beside_what_is_wrong() -> None:
    found = checked(
        RecordKind.NEEDS, {"title": "托盘耐水", "deadline": "x", "industry_code": "没有的行业", "goal": "≤ 8 %"}
    )
    assert (found.holds.title, found.create) == ("托盘耐水", None)
    assert isinstance(found.holds, NeedUpdate)
    assert (found.holds.industry_code, found.holds.goal) == (None, "≤ 8 %")
    assert "deadline" in found.problems


def test_dates_are_dates() -> None:
    assert stated(RecordKind.NEEDS, {"deadline": "2027-06-30"}).values["deadline"] == date(2027, 6, 30)
