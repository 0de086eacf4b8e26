"""A batch of Create shapes into the database; what the database refuses is the problem of that row alone."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session

from matchmaker.achievements import upsert_achievement
from matchmaker.database import collided
from matchmaker.errors import RecordAlreadyExists
from matchmaker.ingest.destination import Scope
from matchmaker.ingest.report import CellProblem
from matchmaker.models.achievement import Achievement, AchievementCreate
from matchmaker.models.base import Record
from matchmaker.models.need import NeedCreate, TechnologyNeed
from matchmaker.models.party import Enterprise, EnterpriseCreate, Institution, InstitutionCreate
from matchmaker.needs import upsert_need
from matchmaker.parties import look_ahead_by_name, upsert_enterprise, upsert_institution
from matchmaker.records import Outcome, enqueued_together, look_ahead

# The last two only where another import writes the same records at the same time.
_REFUSALS = (RecordAlreadyExists, IntegrityError, DataError, StaleDataError, OperationalError)
# How often a row is tried that collides with other writers: each time one of them is through.
_TRIES = 3
_TABLES: dict[type[BaseModel], type[Record]] = {
    NeedCreate: TechnologyNeed,
    AchievementCreate: Achievement,
    EnterpriseCreate: Enterprise,
    InstitutionCreate: Institution,
}


def write_batch(scope: Scope, creates: Sequence[BaseModel], *, is_demo: bool) -> list[Outcome | CellProblem]:
    """Add the records or bring them up to date, in one transaction; for each what was done, or why it was refused.

    A refusal is rare: only then the batch is undone and written again with a savepoint around every record.
    """
    try:
        with scope() as session, enqueued_together(session):
            _look_ahead(session, creates)
            return [_upsert(session, create, is_demo) for create in creates]
    except _REFUSALS as error:
        if isinstance(error, OperationalError) and not collided(error):
            raise
        with scope() as session:
            return [_guarded(session, create, is_demo) for create in creates]


def _look_ahead(session: Session, creates: Sequence[Any]) -> None:
    ids = [create.source_id for create in creates if create.source_id]
    if ids:
        look_ahead(session, _TABLES[type(creates[0])], creates[0].source, ids)
    look_ahead_by_name(session, Enterprise, _names(creates, "enterprise_name"))
    look_ahead_by_name(session, Institution, _names(creates, "institution_name"))


def _names(creates: Sequence[Any], field: str) -> list[str]:
    return [name for create in creates if (name := getattr(create, field, None))]


def _guarded(session: Session, create: BaseModel, is_demo: bool) -> Outcome | CellProblem:
    for tries_left in reversed(range(_TRIES)):
        try:
            with session.begin_nested():
                return _upsert(session, create, is_demo)
        except RecordAlreadyExists as error:
            return CellProblem("", "", error.detail, error.fix)
        except _REFUSALS as error:
            if isinstance(error, OperationalError) and not collided(error):
                raise
            if isinstance(error, DataError) or not tries_left:
                break
    # The driver's text repeats the values, contact data among them: it is not passed on.
    return CellProblem("", "", "数据库没有接受这一行", "请核对编号、统一社会信用代码是否与其他记录重复")


def _upsert(session: Session, create: Any, is_demo: bool) -> Outcome:
    match create:
        case NeedCreate():
            return upsert_need(session, create, is_demo=is_demo)[1]
        case AchievementCreate():
            return upsert_achievement(session, create, is_demo=is_demo)[1]
        case EnterpriseCreate():
            return upsert_enterprise(session, create, is_demo=is_demo)[1]
        case InstitutionCreate():
            return upsert_institution(session, create, is_demo=is_demo)[1]
        case _:
            raise TypeError(f"no table for {type(create).__name__}")
