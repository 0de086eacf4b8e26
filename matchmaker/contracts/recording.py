"""Writing one step of a contract: the event, the status, the version counted up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from matchmaker.contracts.life import LIFE, ContractStep
from matchmaker.contracts.telling import tell_step
from matchmaker.errors import MalformedRequest
from matchmaker.models.base import now
from matchmaker.models.contract import ContractEvent, TechnologyContract
from matchmaker.rights import Actor
from matchmaker.visibility import today

LONGEST_NOTE = 1000


@dataclass(frozen=True)
class Told:
    """What goes on record with a step: the day it happened, reasons of a list, words."""

    on: date | None = None
    note: str = ""
    reasons: Sequence[str] = ()


NOTHING = Told()


def put_on_record(
    session: Session, contract: TechnologyContract, step: ContractStep, by: Actor, told: Told = NOTHING
) -> ContractEvent:
    """Add the event, set the status the step leads to, count the version. The step was checked by the caller."""
    before = contract.status
    contract.status = (LIFE[step].after if step in LIFE else None) or before
    contract.version += 1
    contract.updated_at = now()
    session.add(contract)
    session.flush()
    assert contract.id is not None  # noqa: S101 — flushed
    event = ContractEvent(
        contract_id=contract.id,
        account_id=by.account_id,
        what=step,
        before=before,
        after=contract.status,
        happened_on=told.on,
        reasons=list(told.reasons),
        note=told.note[:LONGEST_NOTE],
    )
    session.add(event)
    tell_step(session, contract, event, by=by)
    return event


def check_day(on: date, what: str, *, not_before: date | None = None, earlier: str = "") -> None:
    """Raise MalformedRequest for a day that has not come yet, or one before the step it follows."""
    if on > today():
        raise MalformedRequest(f"{what}不能晚于今天", "请核对日期")
    if not_before is not None and on < not_before:
        raise MalformedRequest(f"{what}不能早于{earlier}（{not_before.isoformat()}）", "请核对日期")


def check_note(note: str, what: str) -> None:
    """Raise MalformedRequest where a reason has to be written and is not."""
    if not note.strip():
        raise MalformedRequest(f"{what}须写明原因", "请写一两句，将随合同历史保存")
