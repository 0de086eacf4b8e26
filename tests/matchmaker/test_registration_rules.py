"""The registration rules as dated data."""

from datetime import date

import pytest

from matchmaker.models.contract_shapes import country_name
from matchmaker.models.contract_words import KINDS, ContractCategory, ContractPaper, ContractStatus
from matchmaker.registration_rules import in_force, rules

BEFORE, AFTER = date(2020, 6, 1), date(2026, 6, 1)


def test_every_rule_has_a_source_and_a_date() -> None:
    known = rules()
    tables = (known.categories, known.kinds, known.questions, known.papers, known.benefits, known.checks)
    for one in (row for table in (*tables, known.refusal_texts, known.advice) for row in table):
        assert one.source, one
        assert isinstance(one.effective_from, date), one
        assert one.effective_to is None or one.effective_to > one.effective_from, one
    for name, dated in known.limits.items():
        assert [one.effective_from for one in dated] == sorted(one.effective_from for one in dated), name
        assert all(one.source for one in dated), name


def test_the_deadline_is_that_of_its_day() -> None:
    assert rules().limit("decision_working_days", BEFORE).span == "30 日"
    # A draft for comment binds nobody.
    assert rules().limit("decision_working_days", date(2025, 6, 1)).value == 30
    new = rules().limit("decision_working_days", AFTER)
    assert new.span == "15 个工作日"
    assert "请以正式文本为准" in new.source


def test_licences_stood_under_transfer_before_the_civil_code() -> None:
    assert rules().category_of("licence", date(2020, 12, 31)) == "transfer"
    assert rules().category_of("licence", date(2021, 1, 1)) == "licence"
    assert {rules().category_of(one, BEFORE) for one in ContractCategory if one != "licence"} == {
        "development",
        "transfer",
        "consulting",
        "service",
    }


def test_the_kinds_of_licences_stood_under_transfer_before_the_civil_code() -> None:
    known = rules()
    assert known.stands_under("ordinary_licence", "transfer", date(2020, 12, 31))
    assert known.stands_under("ordinary_licence", "transfer", date(1999, 1, 1))
    assert not known.stands_under("ordinary_licence", "transfer", date(2021, 1, 1))
    assert known.stands_under("ordinary_licence", "transfer", None)
    assert not known.stands_under("training", "transfer", None)


def test_every_kind_stands_under_one_category_on_every_day() -> None:
    for day, licence in ((BEFORE, "transfer"), (AFTER, "licence")):
        standing = [(one.code, one.category) for one in in_force(rules().kinds, day)]
        expected = {
            str(kind): licence if category is ContractCategory.LICENCE else str(category)
            for category, kinds in KINDS.items()
            for kind in kinds
        }
        assert len(standing) == len(expected)
        assert dict(standing) == expected


@pytest.mark.parametrize(("category", "kind"), [(one, kind) for one, kinds in KINDS.items() for kind in kinds])
def test_every_kind_has_questions_of_its_own(category: ContractCategory, kind: str) -> None:
    asked = rules().questions_for(category, kind, AFTER)
    assert any(one.categories or one.kinds for one in asked)
    assert len({one.code for one in asked}) == len(asked)
    assert {one.wanted for one in asked} <= {"yes", "no"}
    assert {one.level for one in asked} <= {"error", "warn"}
    assert all(rules().check(one.check) for one in asked)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("机关法人", "010"),
        ("事业单位", "020"),
        ("内资企业", "100"),
        ("企业法人", "100"),
        ("有限责任公司", "150"),
        ("港澳台商独资经营企业", "230"),
        ("中外合资企业", "310"),
        ("外商独资", "330"),
        ("340", "340"),
    ],
)
def test_natures_are_as_exact_as_they_were_written(written: str, code: str) -> None:
    assert rules().natures.code_of(written) == code


def test_every_nature_of_the_form_is_known_and_counts_somewhere() -> None:
    of_the_form = "010 011 012 013 014 020 021 022 023 024 030 100 110 120 130 140 150 160 170 180 "
    of_the_form += "200 210 220 230 240 300 310 320 340 400"
    groups = {one.code: one.group for one in rules().natures.entries}
    assert all(groups.get(code) for code in of_the_form.split())


def test_customs_codes_are_three_digits_of_one_country_each() -> None:
    codes = rules().customs_codes
    assert (codes["CN"], codes["HK"], codes["DE"], codes["US"]) == ("142", "110", "304", "502")
    assert all(len(one) == 3 and one.isdecimal() for one in codes.values())
    assert len(set(codes.values())) == len(codes)
    assert all(country_name(one) != one for one in codes)


def test_advice_is_given_at_points_that_exist() -> None:
    assert {one.at for one in rules().advice} <= {*ContractStatus, "amending", "deductions"}
    assert [one.code for one in rules().advice_at("refused", AFTER)] == ["objection"]
    assert rules().advice_at("refused", BEFORE) == ()


def test_questions_differ_by_date() -> None:
    old = {one.code for one in rules().questions_for("service", "training", BEFORE)}
    assert old - {one.code for one in rules().questions_for("service", "training", AFTER)} == {"train_ip"}


def test_papers_are_kinds_of_files_and_reasons_have_both_texts() -> None:
    assert {one.attached_as for one in rules().papers} <= {str(one) for one in ContractPaper}
    by_source = {one.source: one.code for one in rules().refusal_texts}
    assert len(by_source) == 2
    assert {one.code for one in rules().refusal_texts} <= {one.code for one in rules().refusal_reasons.entries}
