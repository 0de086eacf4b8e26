"""The demo city: 澄湖市, invented from its name to its last achievement. Everything it loads is marked as 演示数据."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, delete, select

from matchmaker.database import session_scope
from matchmaker.demo.asking import ask, keep_at_hand
from matchmaker.demo.collecting import collect, spread_dates
from matchmaker.demo.contract_stories import tell_stories
from matchmaker.demo.contracts import add_contracts, date_events
from matchmaker.demo.last_year import add_last_year
from matchmaker.demo.lives import best_pairs, carry_matches, other_pairs
from matchmaker.demo.people import People, add_brokers
from matchmaker.demo.removal import remove_figures, remove_people
from matchmaker.demo.reported import add_registry_list, add_snapshot
from matchmaker.demo.targets import add_registrations, add_signings, add_targets
from matchmaker.indexes import Indexes
from matchmaker.ingest import ImportKind, IngestOptions, IngestReport, ingest_file
from matchmaker.models.account import Account
from matchmaker.models.achievement import Achievement
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.outbox import IndexOutbox, RecordKind
from matchmaker.models.party import Enterprise, Institution

SOURCE = "demo"
# Parties first: needs and achievements name them.
_ORDER = (ImportKind.INSTITUTIONS, ImportKind.ENTERPRISES, ImportKind.NEEDS, ImportKind.ACHIEVEMENTS)


def load_demo_city(database: Engine, progress: Callable[[str], None]) -> list[IngestReport]:
    """Load the demo city through the ordinary import; loading it again changes nothing."""
    reports = []
    for kind in _ORDER:
        for path in _files(kind):
            progress(f"{kind.label} {path.stem}")
            reports.append(ingest_file(database, kind, path, IngestOptions(source=SOURCE, is_demo=True)))
    return reports


def settle_people(database: Engine, indexes: Indexes, progress: Callable[[str], None]) -> None:
    """Brokers, accounts, a campaign, reviews, carried matches and contracts; done once, a second time changes nothing.

    The index must be up to date: the matches are found as any others are.
    """
    with Session(database) as session:
        if session.exec(select(Account.id).where(col(Account.is_demo)).limit(1)).first() is not None:
            return
        progress("匹配")
        # The matcher stores what it finds in a transaction of its own: nothing else may be writing then.
        pairs, others = best_pairs(session, indexes), other_pairs(session, indexes)
    with session_scope(database) as session:
        progress("经纪人与账号")
        add_brokers(session)
        people = People(session)
        people.make()
        progress("征集与审核")
        spread_dates(session)
        collect(session, people)
        add_last_year(session)
        progress("对接")
        carry_matches(session, people, pairs)
        ask(session, people, [one for one in others if one not in pairs])
        keep_at_hand(session, people, [one for one in others if one not in pairs])
        progress("技术合同")
        add_contracts(session)
        tell_stories(session, people)
        date_events(session)
        progress("目标、签约与成果登记")
        add_targets(session)
        add_signings(session)
        add_registrations(session)
        add_registry_list(session, people)
        add_snapshot(session, people)


def remove_demo_city(database: Engine) -> int:
    """Remove every record that is marked as demo data, and nothing else; returns how many."""
    with session_scope(database) as session:
        removed = remove_figures(session) + remove_people(session)
        for kind, table in ((RecordKind.NEEDS, TechnologyNeed), (RecordKind.ACHIEVEMENTS, Achievement)):
            ids = session.exec(select(table.id).where(col(table.is_demo))).all()
            session.add_all(IndexOutbox(kind=kind, record_id=one) for one in ids if one is not None)
            session.exec(delete(table).where(col(table.is_demo)))
            removed += len(ids)
        # A demo enterprise that a real record names by now stays: it has become somebody's.
        enterprises = _named(session, TechnologyNeed.enterprise_id) | _named(session, Achievement.enterprise_id)
        institutions = _named(session, Achievement.institution_id)
        removed += _remove_parties(session, Enterprise, enterprises)
        removed += _remove_parties(session, Institution, institutions)
    return removed


def _remove_parties(session: Session, table: type[Enterprise] | type[Institution], kept: set[int]) -> int:
    ids = [one for one in session.exec(select(table.id).where(col(table.is_demo))) if one not in kept]
    session.exec(delete(table).where(col(table.id).in_(ids)))
    return len(ids)


def _named(session: Session, column: Any) -> set[int]:
    return {one for one in session.exec(select(column).distinct()) if one is not None}


def _files(kind: ImportKind) -> list[Path]:
    folder = Path(__file__).parent / kind.value
    return sorted(folder.glob("*.jsonl"))
