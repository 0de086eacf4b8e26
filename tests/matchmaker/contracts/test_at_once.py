"""Two at once, on both databases: nothing is registered twice, no receipt is lost from the sum, a snapshot is of one moment."""

import threading
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

import matchmaker.snapshots
from matchmaker.contracts import (
    cancel,
    decide_amendment,
    record_receipt,
    record_registration,
)
from matchmaker.contracts.versions import apply_for_amendment
from matchmaker.database import collided, session_scope
from matchmaker.errors import MatchmakerError
from matchmaker.models.contract import ContractReceipt, ContractVersion, TechnologyContract
from matchmaker.models.contract_words import Caliber, ContractStatus, DateBasis, VersionKind
from matchmaker.models.reporting import SnapshotLine, TurnoverSnapshot
from matchmaker.period import Period
from matchmaker.rights import PLATFORM
from matchmaker.snapshots import headline_of, take_snapshot
from matchmaker.turnover.lines import contract_lines
from matchmaker.visibility import today
from tests.factories import make_contract, make_registered
from tests.matchmaker.test_database_writers import at_once, either  # noqa: F401 — a fixture

NUMBER = "2026990100000001"
Writing = Callable[[Session, TechnologyContract], object]


def kept(database: Engine, registered: bool = False) -> int:
    with session_scope(database) as session:
        make = make_registered if registered else make_contract
        made = make(session, contract_value_fen=1_000, technology_value_fen=1_000).id
    assert made is not None
    return made


def tried(database: Engine, contract: int, write: Writing, met: threading.Barrier) -> Callable[[], bool]:
    """Did it go through? Both have read the contract before either writes, where the database lets them."""

    def call() -> bool:
        try:
            with session_scope(database) as session:
                found = session.get_one(TechnologyContract, contract)
                if database.dialect.name == "postgresql":
                    met.wait(10)
                write(session, found)
        except MatchmakerError:
            return False
        except Exception as error:
            if not collided(error):
                raise
            return False
        return True

    return call


def both(database: Engine, contracts: tuple[int, int], first: Writing, second: Writing) -> list[bool]:
    met = threading.Barrier(2)
    pairs = zip(contracts, (first, second), strict=True)
    return at_once([tried(database, one, write, met) for one, write in pairs])


def register(session: Session, contract: TechnologyContract) -> None:
    record_registration(session, contract, by=PLATFORM, number=NUMBER, on=today())


def test_one_contract_is_registered_once(either: Engine) -> None:  # noqa: F811
    contract = kept(either)
    assert sorted(both(either, (contract, contract), register, register)) == [False, True]
    with Session(either) as session:
        assert len(session.exec(select(ContractVersion)).all()) == 1


def test_one_number_registers_one_contract(either: Engine) -> None:  # noqa: F811
    assert sorted(both(either, (kept(either), kept(either)), register, register)) == [False, True]
    with Session(either) as session:
        found = session.exec(select(TechnologyContract.status)).all()
        assert sorted(found) == [ContractStatus.REGISTERED, ContractStatus.SIGNED]


def test_receipts_at_once_are_both_in_the_sum_or_one_is_refused(either: Engine) -> None:  # noqa: F811
    contract = kept(either)

    def receive(session: Session, found: TechnologyContract) -> object:
        return record_receipt(session, found, by=PLATFORM, on=today(), amount_fen=600)

    assert sorted(both(either, (contract, contract), receive, receive)) == [False, True]
    with Session(either) as session:
        receipts = session.exec(select(ContractReceipt.amount_fen)).all()
        assert session.get_one(TechnologyContract, contract).received_fen == sum(receipts) == 600


def test_a_contract_is_cancelled_or_amended(either: Engine) -> None:  # noqa: F811
    contract = kept(either, registered=True)
    with session_scope(either) as session:
        found = session.get_one(TechnologyContract, contract)
        apply_for_amendment(session, found, {"contract_value_fen": 2_000}, by=PLATFORM, reason="补充协议")

    def end(session: Session, one: TechnologyContract) -> None:
        cancel(session, one, by=PLATFORM, on=today(), note="双方解除")

    def amend(session: Session, one: TechnologyContract) -> object:
        return decide_amendment(session, one, by=PLATFORM, granted=True, on=today())

    done = both(either, (contract, contract), end, amend)
    assert any(done)
    with Session(either) as session:
        found = session.get_one(TechnologyContract, contract)
        versions = session.exec(select(ContractVersion).order_by(col(ContractVersion.number))).all()
        assert [one.number for one in versions] == list(range(1, found.version_number + 1))
        assert len(versions) == 1 + sum(done)
        # Amended and then cancelled is possible, cancelled and then amended is not.
        assert (found.status is ContractStatus.CANCELLED) == (versions[-1].kind is VersionKind.CANCELLATION)


def test_a_snapshot_is_of_one_moment(either: Engine, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """A registration between the reading of the lines and that of the figures would be in one and not in the other."""
    kept(either, registered=True)
    registering = threading.Thread(target=lambda: kept(either, registered=True))
    read = contract_lines

    def slowly(*given: object) -> object:
        yield from read(*given)  # type: ignore[arg-type]
        registering.start()
        # Long enough for it to be done, if nobody holds it up.
        registering.join(1)

    monkeypatch.setattr(matchmaker.snapshots, "contract_lines", slowly)
    year = Period(date(today().year, 1, 1), date(today().year, 12, 31))
    with session_scope(either) as session:
        take_snapshot(
            session, name="年报", period=year, region_code="990100", date_basis=DateBasis.REGISTERED, by=PLATFORM
        )
    registering.join()
    with Session(either) as session:
        lines = session.exec(select(SnapshotLine)).all()
        snapshot = session.exec(select(TurnoverSnapshot)).one()
        assert headline_of(snapshot, Caliber.OUTFLOW).count == len(lines) == 1
