"""Where a contract came from and what became of it: one chain of dated links, need → match → contract → payment."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from matchmaker.brokerage import pair_of
from matchmaker.brokerage import parts_of as parts_in_match
from matchmaker.contracts.receipts import receipts_of
from matchmaker.models.achievement import Achievement
from matchmaker.models.broker import Broker, Brokerage
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.match import Match
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.target import Signing
from matchmaker.money import in_wan
from matchmaker.rights import Actor
from matchmaker.visibility import CITY_TIME, SearchedRecord, is_readable


@dataclass(frozen=True)
class ChainLink:
    """One link. What this reader may not open has no path and says only that it is there."""

    what: str
    words: str
    on: date | None = None
    path: str = ""


def chain_of(session: Session, contract: TechnologyContract, reader: Actor) -> list[ChainLink]:
    """The links that are known, in the order of time."""
    found = [
        *_records(session, contract, reader),
        *_match(session, contract, reader),
        *_carrier(session, contract),
        *_event(session, contract),
    ]
    if contract.signed_on is not None:
        found.append(ChainLink("合同签订", in_wan(contract.contract_value_fen), contract.signed_on))
    if contract.submitted_on is not None:
        found.append(ChainLink("申请登记", contract.registry_name or "已申请", contract.submitted_on))
    if contract.registration_number is not None:
        found.append(ChainLink("认定登记", contract.registration_number, contract.registered_on))
    if contract.ended_on is not None:
        found.append(ChainLink(contract.status.label, "", contract.ended_on))
    receipts = receipts_of(session, contract)
    if receipts:
        words = f"{len(receipts)} 笔，共 {in_wan(contract.received_fen)}"
        found.append(ChainLink("到款", words, receipts[-1].received_on, "#receipts"))
    verified = [one.verified_on for one in receipts if one.verified_on is not None]
    if verified:
        words = in_wan(contract.technology_income_fen)
        found.append(ChainLink("技术性收入核定", words, max(verified), "#receipts"))
    return found


def _records(session: Session, contract: TechnologyContract, reader: Actor) -> list[ChainLink]:
    found = []
    need = session.get(TechnologyNeed, contract.need_id) if contract.need_id is not None else None
    if need is not None:
        found.append(_record(session, need, reader, "技术需求", f"/needs/{need.id}"))
    achievement = session.get(Achievement, contract.achievement_id) if contract.achievement_id is not None else None
    if achievement is not None:
        found.append(_record(session, achievement, reader, "科技成果", f"/achievements/{achievement.id}"))
    return found


def _record(session: Session, record: SearchedRecord, reader: Actor, what: str, path: str) -> ChainLink:
    if not is_readable(session, record, reader):
        return ChainLink(what, "未向您公开")
    return ChainLink(what, record.title, _day(record.published_at or record.created_at), path)


def _match(session: Session, contract: TechnologyContract, reader: Actor) -> list[ChainLink]:
    match = session.get(Match, contract.match_id) if contract.match_id is not None else None
    if match is None:
        return []
    is_hers = bool(parts_in_match(pair_of(session, match), reader))
    path = f"/carried/{match.id}" if is_hers else ""
    return [ChainLink("对接", f"对接 {match.id}" if is_hers else "未向您公开", _day(match.filed_at), path)]


def _carrier(session: Session, contract: TechnologyContract) -> list[ChainLink]:
    """Who brought it about; both stand in the directory that everybody may read."""
    broker = session.get(Broker, contract.broker_id) if contract.broker_id is not None else None
    brokerage = session.get(Brokerage, contract.brokerage_id) if contract.brokerage_id is not None else None
    if broker is not None:
        words = f"{broker.name}（{brokerage.name}）" if brokerage is not None else broker.name
        return [ChainLink("技术经纪人", words, path=f"/brokers/{broker.id}")]
    return [ChainLink("经纪机构", brokerage.name, path=f"/brokerages/{brokerage.id}")] if brokerage is not None else []


def _event(session: Session, contract: TechnologyContract) -> list[ChainLink]:
    signing = session.exec(
        select(Signing).where(col(Signing.contract_id) == contract.id).order_by(col(Signing.id))
    ).first()
    if signing is not None:
        return [ChainLink("活动签约", signing.event_name or signing.title, signing.signed_on)]
    return [ChainLink("促成活动", contract.event_name)] if contract.event_name else []


def _day(moment: datetime | None) -> date | None:
    return moment.astimezone(CITY_TIME).date() if moment else None
