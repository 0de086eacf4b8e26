"""A batch of Create shapes into the database; what the database refuses is the problem of that row alone."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session

from matchmaker.achievement_registrations import upsert_achievement_registration
from matchmaker.achievements import upsert_achievement
from matchmaker.brokers import upsert_broker
from matchmaker.contracts import upsert_contract
from matchmaker.database import collided
from matchmaker.errors import AlreadyMember, MalformedRequest, NotFound, RecordAlreadyExists, RecordLocked
from matchmaker.ingest.destination import Scope
from matchmaker.ingest.report import CellProblem
from matchmaker.ingest.watching import (
    RowRefused,
    RowSkipped,
    Watcher,
    Written,
    followed,
    former_values,
    unflushed_values,
)
from matchmaker.models.achievement import Achievement, AchievementCreate
from matchmaker.models.base import Record
from matchmaker.models.broker import Broker, Brokerage, BrokerageCreate, BrokerCreate
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_shapes import ContractCreate
from matchmaker.models.need import NeedCreate, TechnologyNeed
from matchmaker.models.party import Enterprise, EnterpriseCreate, Institution, InstitutionCreate
from matchmaker.models.target import (
    AchievementRegistration,
    AchievementRegistrationCreate,
    Signing,
    SigningCreate,
)
from matchmaker.needs import upsert_need
from matchmaker.parties import look_ahead_by_name, upsert_brokerage, upsert_enterprise, upsert_institution
from matchmaker.records import ACTOR, Outcome, enqueued_together, look_ahead
from matchmaker.rights import PLATFORM, Actor
from matchmaker.signings import upsert_signing

# What the verbs say of a row in words for its author.
_TOLD = (RecordAlreadyExists, AlreadyMember, RecordLocked, MalformedRequest, NotFound)
# The last two only where another import writes the same records at the same time.
_REFUSALS = (*_TOLD, IntegrityError, DataError, StaleDataError, OperationalError)
WriteResult = Written | CellProblem | RowRefused | RowSkipped
Closing = Callable[[Session, Sequence[WriteResult]], None]
# How often a row is tried that collides with other writers: each time one of them is through.
_TRIES = 3
_TABLES: dict[type[BaseModel], type[Record]] = {
    NeedCreate: TechnologyNeed,
    AchievementCreate: Achievement,
    EnterpriseCreate: Enterprise,
    InstitutionCreate: Institution,
    BrokerCreate: Broker,
    BrokerageCreate: Brokerage,
    ContractCreate: TechnologyContract,
    AchievementRegistrationCreate: AchievementRegistration,
    SigningCreate: Signing,
}


@dataclass(frozen=True)
class Writer:
    """How the records of an import are written. `watcher` follows it."""

    is_demo: bool
    watcher: Watcher | None = None

    def write(self, scope: Scope, creates: Sequence[BaseModel], closing: Closing) -> list[WriteResult]:
        """Add the records or bring them up to date, in one transaction; for each what was done, or why it was refused.

        A refusal is rare: only then the batch is undone and written again with a savepoint around every record.
        `closing` is called with the results at the end of the transaction.
        """
        try:
            with scope() as session, self._watched(session):
                with enqueued_together(session):
                    _look_ahead(session, creates)
                    written: list[WriteResult] = [self._write(session, create) for create in creates]
                closing(session, written)
                return written
        except (*_REFUSALS, RowRefused, RowSkipped) as error:
            if isinstance(error, OperationalError) and not collided(error):
                raise
            with scope() as session, self._watched(session):
                results = [self._guarded(session, create) for create in creates]
                closing(session, results)
                return results

    def _watched(self, session: Session) -> AbstractContextManager[None]:
        return nullcontext() if self.watcher is None else followed(session, self.watcher)

    def _write(self, session: Session, create: BaseModel) -> Written:
        record, outcome = _upsert(session, create, self.is_demo)
        if outcome is Outcome.CHANGED:
            _check_same(record)
        if self.watcher is None:
            return Written(record, outcome)
        before = former_values(session, record) if outcome is Outcome.CHANGED else None
        return self.watcher.wrote(session, Written(record, outcome, before))

    def _guarded(self, session: Session, create: BaseModel) -> WriteResult:
        for tries_left in reversed(range(_TRIES)):
            try:
                with session.begin_nested(), enqueued_together(session):
                    return self._write(session, create)
            except (RowRefused, RowSkipped) as result:
                return result
            except _TOLD as error:
                return CellProblem("", "", error.detail, error.fix)
            except _REFUSALS as error:
                if isinstance(error, OperationalError) and not collided(error):
                    raise
                if isinstance(error, DataError) or not tries_left:
                    break
        # The driver's text repeats the values, contact data among them: it is not passed on.
        return CellProblem("", "", "数据库没有接受这一行", "请核对编号、统一社会信用代码是否与其他记录重复")


def _look_ahead(session: Session, creates: Sequence[Any]) -> None:
    ids = [create.source_id for create in creates if create.source_id]
    if ids:
        look_ahead(session, _TABLES[type(creates[0])], creates[0].source, ids)
    look_ahead_by_name(session, Enterprise, _names(creates, "enterprise_name"))
    look_ahead_by_name(session, Institution, _names(creates, "institution_name"))


def _check_same(record: Record) -> None:
    """Raise RecordAlreadyExists where a known number would make another record of this one: other title, other owner."""
    if not isinstance(record, TechnologyNeed | Achievement):
        return
    owner = "poster_name" if isinstance(record, TechnologyNeed) else "owner_name"
    before = unflushed_values(record)
    title, owned_by = before.get("title"), before.get(owner)
    if title and owned_by and owned_by != getattr(record, owner):
        raise RecordAlreadyExists(
            f"编号 {record.source_id} 已是另一条记录的编号，名称和单位都不同，没有覆盖",
            "请核对编号；是另一份清单的编号时请换一个来源名称（--source）导入，或把编号留空",
        )


def _names(creates: Sequence[Any], field: str) -> list[str]:
    return [name for create in creates if (name := getattr(create, field, None))]


def _upsert(session: Session, create: Any, is_demo: bool) -> tuple[Record, Outcome]:
    match create:
        case NeedCreate():
            return upsert_need(session, create, is_demo=is_demo)
        case AchievementCreate():
            return upsert_achievement(session, create, is_demo=is_demo)
        case EnterpriseCreate():
            return upsert_enterprise(session, create, is_demo=is_demo)
        case InstitutionCreate():
            return upsert_institution(session, create, is_demo=is_demo)
        case BrokerCreate():
            return upsert_broker(session, create, is_demo=is_demo)
        case BrokerageCreate():
            return upsert_brokerage(session, create, is_demo=is_demo)
        case ContractCreate():
            actor: Actor = session.info.get(ACTOR, PLATFORM)
            return upsert_contract(session, create, is_demo=is_demo, posted_by_id=actor.account_id)
        case AchievementRegistrationCreate():
            return upsert_achievement_registration(session, create, is_demo=is_demo)
        case SigningCreate():
            return upsert_signing(session, create, is_demo=is_demo)
        case _:
            raise TypeError(f"no table for {type(create).__name__}")
