"""People who want what is not theirs: other firms' contracts, other districts' figures, registrations by the back door."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from matchmaker.contracts import create_contract, is_readable, upsert_contract
from matchmaker.database import session_scope
from matchmaker.errors import MalformedRequest, NotAllowed, RecordLocked
from matchmaker.ingest import ImportKind
from matchmaker.models.account import Role
from matchmaker.models.contract_shapes import ContractCreate
from matchmaker.models.contract_words import ContractStatus
from matchmaker.models.reporting import RegistryListRow
from matchmaker.reconciliation import ListAsked, enter_row, read_registry_list
from matchmaker.records import ACTOR
from matchmaker.rights import Actor
from matchmaker.uploads import report_of
from tests.factories import actor_for, make_account, make_contract, make_registered
from tests.matchmaker.test_uploads_contracts import HEADINGS, row
from tests.matchmaker.uploading import actor_of_role, batch, csv, uploaded

EAST, WEST = "990102", "990103"
QUARTER = ListAsked("名单", EAST, date(2025, 1, 1), date(2025, 3, 31))


def official(session: Session, region: str = EAST) -> Actor:
    by = actor_for(session, make_account(session, role=Role.DISTRICT_OFFICIAL, region_code=region))
    session.info[ACTOR] = by
    return by


def listed(session: Session, folder: Path, by: Actor, *rows: list[Any]) -> tuple[Any, RegistryListRow]:
    """A list of the registry in her district, and its first row."""
    path = folder / "list.csv"
    path.write_bytes(csv([HEADINGS, *rows]))
    found = read_registry_list(session, path, QUARTER, by=by)
    return found, session.exec(select(RegistryListRow)).one()


@pytest.mark.parametrize("source", ["import:contracts", f"import:contracts:{EAST}"])
@pytest.mark.parametrize("role", [Role.BROKER, Role.DISTRICT_OFFICIAL, Role.CITY_OFFICIAL])
def test_nobody_types_in_a_contract_under_the_key_of_a_list(session: Session, role: Role, source: str) -> None:
    """The list's contract of that number would be registered in hers, and she would read it for ever."""
    by = actor_for(session, make_account(session, role=role))
    given = {"title": "占位的合同", "category": "development", "source": source, "source_id": "2026990100000001"}
    create = ContractCreate.model_validate(given)
    with pytest.raises(MalformedRequest):
        create_contract(session, create, by=by)


def test_a_list_tells_a_district_nothing_of_a_contract_elsewhere(session: Session) -> None:
    """Neither which fields a guess has wrong, nor that it is right."""
    kept = make_registered(session, seller_region_code="310115", buyer_region_code=WEST)
    official(session)
    told = set()
    for guess in (kept.contract_value_fen, kept.contract_value_fen + 1):
        create = ContractCreate(
            title=kept.title,
            category=kept.category,
            contract_value_fen=guess,
            seller_region_code=EAST,
            registration_number=kept.registration_number,
            registered_on=kept.registered_on,
        )
        with pytest.raises(RecordLocked) as refused:
            upsert_contract(session, create)
        told.add(str(refused.value))
    assert len(told) == 1
    assert "成交额" not in told.pop()


def test_the_check_of_an_upload_tells_her_nothing_either(database: Engine) -> None:
    with session_scope(database) as session:
        number = row(1)[0]
        make_registered(session, registration_number=number, seller_region_code=WEST, buyer_region_code=WEST)
    actor = actor_of_role(database, Role.DISTRICT_OFFICIAL, region_code=EAST)
    batch_id = uploaded(database, actor, ImportKind.CONTRACTS, csv([HEADINGS, row(1)]), "合同.csv")
    [rejected] = report_of(batch(database, batch_id)).rejected
    assert "不在您的辖区" in rejected.model_dump_json()
    assert "成交额" not in rejected.cells[0].reason


def test_a_district_enters_no_contract_of_another_from_its_list(session: Session, tmp_path: Path) -> None:
    by = official(session)
    found, first = listed(session, tmp_path, by, row(1, 卖方行政区划=WEST, 买方行政区划="310115"))
    with pytest.raises(NotAllowed):
        enter_row(session, found, first, by=by)


def test_a_districts_list_takes_over_no_contract_of_the_citys_list(session: Session, tmp_path: Path) -> None:
    """Offices number their contracts alike: HT-1 of one is not HT-1 of the other."""
    theirs = make_contract(
        session, source="import:contracts", source_id="HT-1", seller_region_code=WEST, buyer_region_code=WEST
    )
    before = theirs.model_dump()
    by = official(session)
    found, first = listed(session, tmp_path, by, row(1))
    entered = enter_row(session, found, first, by=by)
    assert entered.id != theirs.id
    assert entered.status is ContractStatus.REGISTERED
    assert theirs.model_dump() == before
    assert not is_readable(theirs, by)
