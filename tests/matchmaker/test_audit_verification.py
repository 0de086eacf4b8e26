"""Whoever changes the trail, or what figures rest on, behind the platform's back is found out."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, text, update
from sqlmodel import Session, col, select
from typer.testing import CliRunner

from matchmaker.audit import LEDGER, examine_chain, seal
from matchmaker.audit_heads import heads_file, note_head, noted_heads
from matchmaker.audit_key import audit_key
from matchmaker.audit_verification import Verification, verified
from matchmaker.backup import back_up, restore
from matchmaker.cli import app as commands
from matchmaker.database import open_database, session_scope
from matchmaker.errors import MalformedRequest
from matchmaker.models.audit import AuditEvent, AuditSeal
from matchmaker.models.contract import ContractReceipt, TechnologyContract
from matchmaker.models.contract_words import DateBasis
from matchmaker.models.reporting import SnapshotLine, TurnoverSnapshot
from matchmaker.models.target import Target
from matchmaker.period import Period
from matchmaker.rights import PLATFORM
from matchmaker.settings import Settings
from matchmaker.snapshots import take_snapshot
from tests.factories import make_registered

DAY = date(2025, 5, 6)
KEY = b"k" * 32
TARGET = {
    "source": "test",
    "source_id": "1",
    "year": 2025,
    "region_code": "990100",
    "metric": "contract_value",
    "value": 100_000_00,
    "tier": "assigned",
}


@pytest.fixture
def city(settings: Settings, database: Engine) -> Settings:
    """Contracts, a receipt, a target and a snapshot; everything sealed with a key, the end noted."""
    with session_scope(database) as session:
        for number in range(3):
            contract = make_registered(
                session,
                contract_value_fen=(number + 1) * 10_000_00,
                technology_value_fen=10_000_00,
                registered_on=DAY,
                signed_on=DAY,
                begins_on=DAY,
                ends_on=date(2026, 5, 6),
                seller_region_code="990102",
                buyer_region_code="990103",
                technology_field="materials",
            )
        session.flush()
        session.add(ContractReceipt(contract_id=contract.id or 0, amount_fen=5_000_00, received_on=DAY))
        session.add(Target.model_validate(TARGET))
        session.flush()
        take_snapshot(
            session,
            name="上半年",
            period=Period(date(2025, 1, 1), date(2025, 6, 30)),
            region_code="990100",
            date_basis=DateBasis.REGISTERED,
            by=PLATFORM,
        )
    keyed = settings.model_copy(update={"audit_key": _secret(KEY.decode())})
    while seal(database, audit_key(keyed)):
        pass
    assert note_head(database, keyed) is not None
    return keyed


def _secret(value: str) -> object:
    return Settings(_env_file=None, audit_key=value).audit_key


def examined(database: Engine, settings: Settings) -> Verification:
    key = audit_key(settings)
    with Session(database) as session:
        return verified(session, key, noted_heads(settings), is_keyless=not key)


def test_an_untouched_city_is_as_the_platform_left_it(city: Settings, database: Engine) -> None:
    found = examined(database, city)
    assert found.problems == []
    assert found.records == 6
    assert found.unnoted == 0
    # Going on as usual stays right.
    with session_scope(database) as session:
        contract = session.exec(select(TechnologyContract)).first()
        assert contract is not None
        contract.title = "改过名称的合同"
    seal(database, KEY)
    assert examined(database, city).holds


TAMPERINGS: dict[str, object] = {
    "amount": update(TechnologyContract)
    .where(col(TechnologyContract.id) == 1)
    .values(contract_value_fen=99_000_000_00),
    "day": update(TechnologyContract).where(col(TechnologyContract.id) == 2).values(registered_on=date(2024, 12, 31)),
    "status": update(TechnologyContract).where(col(TechnologyContract.id) == 2).values(status="cancelled"),
    "contract gone": delete(TechnologyContract).where(col(TechnologyContract.id) == 1),
    "receipt": update(ContractReceipt).values(amount_fen=1),
    "receipt gone": delete(ContractReceipt),
    "target": update(Target).values(value=1),
    "receipt put in": text(
        "INSERT INTO contract_receipt (contract_id, received_on, amount_fen, note, recorded_at) "
        "VALUES (1, '2025-05-06', 1, '', '2025-05-06 00:00:00')"
    ),
    "snapshot figures": update(TurnoverSnapshot).values(figures={}),
    "snapshot line": update(SnapshotLine).values(contract_value_fen=1),
    "event": update(AuditEvent).where(col(AuditEvent.id) == 2).values(actor_name="别人"),
    "event's content": update(AuditEvent).where(col(AuditEvent.id) == 2).values(content_hash="0" * 64),
    "trail cut short": delete(AuditSeal).where(col(AuditSeal.sequence) > 2),
}


@pytest.mark.parametrize("tampering", TAMPERINGS.values(), ids=TAMPERINGS)
def test_what_is_changed_by_sql_is_red(city: Settings, database: Engine, tampering: object) -> None:
    with database.begin() as connection:
        if database.dialect.name == "sqlite":
            # As somebody with a tool for SQLite would: without the program's own care.
            connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        connection.execute(tampering)  # type: ignore[call-overload]
    assert not examined(database, city).holds


def test_who_also_mends_the_trail_lacks_the_key(city: Settings, database: Engine) -> None:
    """The event is written anew with the digest of the changed row, and the chain is computed again from there."""
    from matchmaker.audit import content_hashes

    with database.begin() as connection:
        connection.execute(update(TechnologyContract).where(col(TechnologyContract.id) == 1).values(title="另一份合同"))
        content = content_hashes(connection, TechnologyContract, [1])[1]
        about = (col(AuditEvent.table_name) == "technology_contract", col(AuditEvent.record_id) == 1)
        connection.execute(update(AuditEvent).where(*about).values(content_hash=content))
        connection.execute(delete(AuditSeal))
    while seal(database, b"another key of the same length.."):
        pass
    found = examined(database, city)
    assert any("断开" in problem for problem in found.problems)
    with database.begin() as connection:
        connection.execute(delete(AuditSeal))
    while seal(database):
        pass
    # Without any key the chain holds in itself: the noted end tells.
    found = examined(database, city)
    assert any("被改写" in problem for problem in found.problems)


def test_a_link_without_key_behind_one_with_key_is_none(city: Settings, database: Engine) -> None:
    with session_scope(database) as session:
        session.add(AuditEvent(action="exported"))
    seal(database)
    with Session(database) as session:
        assert examine_chain(session, KEY).broken_at is not None


def test_noted_heads_cannot_be_written_by_others(city: Settings, database: Engine) -> None:
    file = heads_file(city)
    line = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({**line, "hash": "0" * 64}) + "\n" + "no line of ours\n", "utf-8")
    assert [head.is_ours for head in noted_heads(city)] == [False, False]
    assert not examined(database, city).holds


def test_heads_are_noted_elsewhere_too(city: Settings, database: Engine, tmp_path: Path) -> None:
    further = city.model_copy(
        update={"audit_heads": f"{tmp_path}/one.jsonl, {tmp_path}/two.jsonl, syslog://127.0.0.1:9"}
    )
    note_head(database, further)
    assert (tmp_path / "one.jsonl").read_text("utf-8") == (tmp_path / "two.jsonl").read_text("utf-8")
    assert len(noted_heads(further)) == 4
    with pytest.raises(MalformedRequest, match="ftp"):
        note_head(database, city.model_copy(update={"audit_heads": "ftp://host"}))


def test_records_from_before_are_counted_not_blamed(city: Settings, database: Engine) -> None:
    with database.begin() as connection:
        connection.execute(update(AuditEvent).values(content_hash=None))
        connection.execute(delete(AuditSeal))
    heads_file(city).unlink()
    while seal(database, KEY):
        pass
    found = examined(database, city)
    assert found.problems == []
    assert found.unnoted == 6


def test_the_key_is_made_once_and_for_its_owner_alone(settings: Settings, on_postgresql: bool) -> None:
    assert audit_key(settings) == b""
    made = audit_key(settings, make=True)
    if on_postgresql:
        assert made == b"", "several machines would make several"
        return
    assert len(made) == 64
    assert audit_key(settings, make=True) == audit_key(settings) == made
    assert (settings.data_dir / "audit.key").stat().st_mode & 0o077 == 0
    with pytest.raises(MalformedRequest, match="太短"):
        audit_key(settings.model_copy(update={"audit_key": _secret("short")}))


def test_after_restoring_all_is_still_proved(
    settings: Settings, database: Engine, tmp_path: Path, new_database_url: Callable[..., str]
) -> None:
    key = audit_key(settings, make=True)
    with session_scope(database) as session:
        make_registered(session)
    while seal(database, key):
        pass
    note_head(database, settings)
    other = settings.model_copy(update={"data_dir": tmp_path / "other", "database_url": ""})
    restore(back_up(database, settings), other)
    opened = open_database(other.resolved_database_url())
    assert examined(opened, other).problems == []
    with opened.begin() as connection:
        connection.execute(update(TechnologyContract).values(contract_value_fen=1))
    assert not examined(opened, other).holds
    opened.dispose()


def test_the_command_says_what_is_wrong(city: Settings, database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "DATA_DIR": str(city.data_dir),
        "DATABASE_URL": city.database_url,
        "AUDIT_KEY": KEY.decode(),
    }.items():
        monkeypatch.setenv(f"MATCHMAKER_{name}", value)
    well = CliRunner().invoke(commands, ["audit", "verify", "--json"])
    assert well.exit_code == 0
    assert json.loads(well.output)["holds"] is True
    with database.begin() as connection:
        connection.execute(
            update(TechnologyContract).where(col(TechnologyContract.id) == 1).values(contract_value_fen=1)
        )
    ill = CliRunner().invoke(commands, ["audit", "verify"])
    assert ill.exit_code == 1
    assert "技术合同 1 的内容与操作记录不符" in ill.output


def test_ledger_tables_have_a_name_for_people() -> None:
    from matchmaker.audit_verification import _NOUNS

    assert set(_NOUNS) == set(LEDGER)
