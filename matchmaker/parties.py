"""Add, revise and find enterprises, institutions and brokerages."""

from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session, col, select

from matchmaker.errors import RecordAlreadyExists
from matchmaker.models.broker import Brokerage, BrokerageCreate, BrokerageUpdate
from matchmaker.models.party import (
    Enterprise,
    EnterpriseCreate,
    EnterpriseUpdate,
    Institution,
    InstitutionCreate,
    InstitutionUpdate,
)
from matchmaker.records import (
    LOOK_AHEAD_CHUNK,
    Outcome,
    check_version,
    content_key,
    record_by_source,
    stated_values,
    write_values,
)

P = TypeVar("P", Enterprise, Institution, Brokerage)
PartyCreate = EnterpriseCreate | InstitutionCreate | BrokerageCreate
PartyUpdate = EnterpriseUpdate | InstitutionUpdate | BrokerageUpdate

# Records that came into being because a need or an achievement named them, not from a list of parties.
MENTIONED = "mentioned"

# Under this name and the table a session keeps what `look_ahead_by_name` fetched.
_LOOKED_AHEAD = "parties_by_name"


def upsert_enterprise(
    session: Session, create: EnterpriseCreate, *, is_demo: bool = False
) -> tuple[Enterprise, Outcome]:
    """The enterprise of this source key or credit code, or known by mention of its name; added or brought up to date."""
    return _upsert(session, Enterprise, create, is_demo)


def upsert_institution(
    session: Session, create: InstitutionCreate, *, is_demo: bool = False
) -> tuple[Institution, Outcome]:
    """The institution, found as an enterprise is; added or brought up to date."""
    return _upsert(session, Institution, create, is_demo)


def upsert_brokerage(session: Session, create: BrokerageCreate, *, is_demo: bool = False) -> tuple[Brokerage, Outcome]:
    """The brokerage, found as an enterprise is; added or brought up to date."""
    return _upsert(session, Brokerage, create, is_demo)


def revise_enterprise(session: Session, enterprise: Enterprise, update: EnterpriseUpdate) -> Enterprise:
    """Change the given fields. Raises VersionConflict, RecordAlreadyExists (credit code of another one)."""
    return _revise(session, enterprise, update)


def revise_institution(session: Session, institution: Institution, update: InstitutionUpdate) -> Institution:
    """Change the given fields. Raises VersionConflict, RecordAlreadyExists (credit code of another one)."""
    return _revise(session, institution, update)


def revise_brokerage(session: Session, brokerage: Brokerage, update: BrokerageUpdate) -> Brokerage:
    """Change the given fields. Raises VersionConflict, RecordAlreadyExists (credit code of another one)."""
    return _revise(session, brokerage, update)


def mentioned_enterprise(
    session: Session, name: str | None, credit_code: str | None, *, is_demo: bool = False
) -> Enterprise | None:
    """The enterprise a need or achievement names; noted as a new one if unknown; None if nothing is named."""
    return _mentioned(session, Enterprise, name, credit_code, is_demo)


def mentioned_institution(
    session: Session, name: str | None, credit_code: str | None, *, is_demo: bool = False
) -> Institution | None:
    """The institution an achievement names; noted as a new one if unknown; None if nothing is named."""
    return _mentioned(session, Institution, name, credit_code, is_demo)


def mentioned_brokerage(session: Session, name: str | None, *, is_demo: bool = False) -> Brokerage | None:
    """The brokerage a broker names; noted as a new one if unknown; None if nothing is named."""
    return _mentioned(session, Brokerage, name, None, is_demo)


def look_ahead_by_name(session: Session, table: type[P], names: Iterable[str]) -> None:
    """Fetch the parties of these names at once, for a batch of records about to mention them in this transaction."""
    wanted = list(dict.fromkeys(names))
    ahead: dict[str, list[P]] = {name: [] for name in wanted}
    for start in range(0, len(wanted), LOOK_AHEAD_CHUNK):
        of_these = select(table).where(col(table.name).in_(wanted[start : start + LOOK_AHEAD_CHUNK]))
        for party in session.exec(of_these.order_by(col(table.id))):
            ahead[party.name].append(party)
    session.info[(_LOOKED_AHEAD, table)] = ahead


def _find(session: Session, table: type[P], named: list[P], credit_code: str | None) -> P | None:
    """The one of this code, else the one of those of the name that is meant."""
    if credit_code:
        found = session.exec(select(table).where(col(table.credit_code) == credit_code)).first()
        if found is not None:
            return found
    # A namesake with another credit code is another party.
    fitting = [one for one in named if not (credit_code and one.credit_code)]
    if len(fitting) == 1:
        return fitting[0]
    # Which of several a bare name means, nobody knows: their members must not read each other's records.
    return next((one for one in fitting if not one.credit_code), None)


def _named(session: Session, table: type[P], name: str | None) -> list[P]:
    if not name:
        return []
    ahead: list[P] | None = session.info.get((_LOOKED_AHEAD, table), {}).get(name)
    if ahead is not None:
        return ahead
    return list(session.exec(select(table).where(col(table.name) == name).order_by(col(table.id))).all())


def _upsert(session: Session, table: type[P], create: PartyCreate, is_demo: bool) -> tuple[P, Outcome]:
    values: dict[str, Any] = {name: getattr(create, name) for name in type(create).model_fields}
    source = values.pop("source") or "manual"
    source_id = values.pop("source_id") or create.credit_code or content_key({"name": create.name})
    record = record_by_source(session, table, source, source_id)
    if record is None:
        record = _find(session, table, _named(session, table, create.name), create.credit_code)
        if record is not None and record.source == MENTIONED:
            record.source, record.source_id = source, source_id
    if record is None:
        record = table(source=source, source_id=source_id, is_demo=is_demo, **values)
        session.add(record)
        session.flush()
        return record, Outcome.ADDED
    _check_credit_code(session, record, create.credit_code)
    if create.credit_code is None:
        # A later file without the code does not take it away.
        del values["credit_code"]
    return record, Outcome.CHANGED if write_values(record, stated_values(create, values, ())) else Outcome.UNCHANGED


def _revise(session: Session, record: P, update: PartyUpdate) -> P:
    check_version(record, update.version)
    values = {name: getattr(update, name) for name in update.model_fields_set - {"version"}}
    _check_credit_code(session, record, values.get("credit_code"))
    write_values(record, values)
    return record


def _mentioned(session: Session, table: type[P], name: str | None, credit_code: str | None, is_demo: bool) -> P | None:
    name = (name or "").strip() or None
    if name is None and credit_code is None:
        return None
    named = _named(session, table, name)
    found = _find(session, table, named, credit_code)
    if (found is None and name is None) or (found is not None and (found.credit_code or not credit_code)):
        return found
    session.flush()
    try:
        with session.begin_nested():
            return _noted(session, found, _new_mention(table, name or "", credit_code, is_demo, len(named)))
    except (IntegrityError, StaleDataError):
        # Another writer named the same party in this moment: now it can be seen.
        session.info.pop((_LOOKED_AHEAD, table), None)
        found = _find(session, table, _named(session, table, name), credit_code)
        if found is None:
            raise
        return found


def _new_mention(table: type[P], name: str, credit_code: str | None, is_demo: bool, namesakes: int) -> P:
    # The first that was mentioned by this name may have its code by now and keep its key.
    key = content_key({"name": name, "namesakes": namesakes} if namesakes else {"name": name})
    return table(
        source=MENTIONED,
        source_id=credit_code or key,
        name=name,
        credit_code=credit_code,
        is_demo=is_demo,
    )


def _noted(session: Session, found: P | None, mention: P) -> P:
    """The party that was found, with the credit code that is known now, or the new one, written."""
    if found is not None:
        write_values(found, {"credit_code": mention.credit_code})
        session.flush()
        return found
    session.add(mention)
    session.flush()
    ahead = session.info.get((_LOOKED_AHEAD, type(mention)), {})
    if mention.name in ahead:
        ahead[mention.name].append(mention)
    return mention


def _check_credit_code(session: Session, record: P, credit_code: str | None) -> None:
    if not credit_code or credit_code == record.credit_code:
        return
    table = type(record)
    holder = session.exec(select(table).where(col(table.credit_code) == credit_code)).first()
    if holder is not None and holder.id != record.id:
        raise RecordAlreadyExists(
            f"统一社会信用代码 {credit_code} 已属于“{holder.name}”", "请核对代码，或改为更新那一条记录"
        )
