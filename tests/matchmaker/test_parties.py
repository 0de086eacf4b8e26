"""Which organisation a name means."""

import pytest
from sqlmodel import Session, col, select

from matchmaker.models.party import Enterprise
from matchmaker.parties import look_ahead_by_name, mentioned_enterprise
from tests.factories import make_enterprise

NAME = "澄湖同名机械有限公司"
CODES = ("91350100M000100Y43", "91110000600037341L")


def ids(session: Session) -> list[int | None]:
    return list(session.exec(select(Enterprise.id).order_by(col(Enterprise.id))).all())


def mentioned(session: Session, code: str | None = None) -> Enterprise:
    found = mentioned_enterprise(session, NAME, code)
    assert found is not None
    return found


@pytest.mark.parametrize("ahead", [False, True])
def test_a_bare_name_of_several_is_none_of_them(session: Session, ahead: bool) -> None:
    known = [make_enterprise(session, name=NAME, credit_code=code) for code in CODES]
    if ahead:
        look_ahead_by_name(session, Enterprise, [NAME])
    bare = mentioned(session)
    assert bare.id not in {one.id for one in known}
    assert mentioned(session).id == bare.id
    for one, code in zip(known, CODES, strict=True):
        assert mentioned(session, code).id == one.id
    assert len(ids(session)) == 3


def test_every_bare_mention_may_turn_out_to_be_another_one(session: Session) -> None:
    """The first one that was mentioned keeps its key when its code becomes known; the next one needs a key too."""
    first = mentioned(session)
    assert mentioned(session, CODES[0]).id == first.id
    second = mentioned(session, CODES[1])
    third = mentioned(session)
    assert len({first.id, second.id, third.id}) == 3
    assert len({(one.source, one.source_id) for one in (first, second, third)}) == 3


def test_a_list_without_codes_changes_none_of_several(session: Session) -> None:
    known = [make_enterprise(session, name=NAME, credit_code=code) for code in CODES]
    listed = make_enterprise(session, name=NAME, contact_phone="0592-1234567")
    assert listed.id not in {one.id for one in known}
    assert [one.contact_phone for one in known] == ["", ""]
