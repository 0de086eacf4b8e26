"""What each person has to do: the lists of her first page, read by the rules of who may know of what."""

from collections.abc import Callable

from sqlmodel import Session

from matchmaker.models.account import Role
from matchmaker.rights import Actor
from matchmaker.worklist import carrying, contracts, oversight, own_records, platform
from matchmaker.worklist.base import Figure, WorkItem, WorkKind, WorkList

__all__ = ["Figure", "WorkItem", "WorkKind", "WorkList", "figures", "why_not_certified", "work_lists"]

Reader = Callable[[Session, Actor], WorkList]

_OFFICIAL: tuple[Reader, ...] = (
    oversight.to_review,
    carrying.wished,
    carrying.on_behalf,
    oversight.without_broker,
    carrying.stuck,
    oversight.unconfirmed,
    oversight.campaigns,
    contracts.reported,
    contracts.overdue,
    contracts.changing,
    contracts.unregistered,
)
_LISTS: dict[Role, tuple[Reader, ...]] = {
    Role.ENTERPRISE: (
        own_records.returned,
        carrying.to_answer,
        carrying.to_agree,
        carrying.messages,
        contracts.returned,
        contracts.to_submit,
        contracts.ending,
        own_records.expiring,
        own_records.drafts,
        own_records.likely_matches,
        own_records.pending,
    ),
    Role.INSTITUTION: (
        own_records.returned,
        carrying.to_answer,
        carrying.to_agree,
        carrying.messages,
        contracts.returned,
        contracts.to_submit,
        contracts.ending,
        own_records.expiring,
        own_records.drafts,
        own_records.likely_matches,
        own_records.pending,
    ),
    Role.COMMISSIONER: (
        own_records.returned,
        carrying.to_answer,
        carrying.to_agree,
        carrying.messages,
        own_records.drafts,
        own_records.pending,
        own_records.expiring,
        own_records.likely_matches,
    ),
    Role.BROKER: (
        carrying.due,
        carrying.wished,
        carrying.to_introduce,
        carrying.unplanned,
        carrying.messages,
        carrying.awaiting,
        own_records.returned,
        carrying.to_answer,
        contracts.returned,
        contracts.to_submit,
        contracts.ending,
        carrying.follow_ups,
        own_records.expiring,
        own_records.drafts,
        carrying.new_needs,
    ),
    Role.BROKERAGE_ADMINISTRATOR: (
        carrying.due,
        carrying.wished,
        carrying.unplanned,
        carrying.open_of_members,
        carrying.uncertified_members,
        contracts.to_submit,
        contracts.ending,
        carrying.follow_ups,
    ),
    Role.DISTRICT_OFFICIAL: _OFFICIAL,
    Role.CITY_OFFICIAL: (*_OFFICIAL, oversight.silent_districts),
    Role.ADMINISTRATOR: (
        platform.first_steps,
        platform.search,
        platform.deliveries,
        platform.second_factors,
        platform.failed_logins,
        oversight.to_review,
    ),
}


def work_lists(session: Session, actor: Actor) -> list[WorkList]:
    """The lists of her role, in the order of urgency; a list with nothing in it says what to do next."""
    return [read(session, actor) for read in _LISTS[actor.role]] if actor.role is not None else []


def figures(session: Session, actor: Actor) -> list[Figure]:
    """The numbers above the lists: her records by state, or those of her district or the city."""
    if actor.is_official:
        return oversight.totals(session, actor)
    if actor.role in (Role.ENTERPRISE, Role.INSTITUTION, Role.COMMISSIONER):
        return own_records.by_status(session, actor)
    return carrying.by_status(session, actor)


def why_not_certified(session: Session, actor: Actor) -> str:
    """For a broker who is not certified: why, and what to do about it; empty for everybody else."""
    if actor.role is not Role.BROKER or actor.is_certified:
        return ""
    return carrying.missing_certificate(session, actor)
