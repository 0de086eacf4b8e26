"""Has anybody changed the trail, or what figures rest on, behind the platform's back?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlmodel import Session, SQLModel, col, func, select

from matchmaker.audit import LEDGER, content_hashes, examine_chain
from matchmaker.audit_heads import Head
from matchmaker.models.audit import AuditAction, AuditEvent, AuditSeal
from matchmaker.models.contract import ContractAmendment, ContractReceipt, TechnologyContract
from matchmaker.models.reporting import TurnoverSnapshot
from matchmaker.models.target import Target
from matchmaker.snapshots import is_intact

_NOUNS: dict[type[SQLModel], str] = {
    TechnologyContract: "技术合同",
    ContractAmendment: "合同变更",
    ContractReceipt: "到款记录",
    Target: "目标",
    TurnoverSnapshot: "统计快照",
}
# These end with their contract, by the database.
_PARTS = (ContractAmendment, ContractReceipt)


@dataclass(frozen=True)
class Verification:
    """`problems` are sentences, none where all is as the platform left it. `unnoted`: ledger records from before events
    said what they hold; `head` is the end of the chain.
    """

    problems: list[str]
    links: int
    head: str
    records: int
    unnoted: int

    @property
    def holds(self) -> bool:
        return not self.problems


def verified(session: Session, key: bytes, heads: Sequence[Head], *, is_keyless: bool = False) -> Verification:
    """Compare chain, noted heads, ledger records and snapshots with what the trail says. Nothing is written."""
    chain = examine_chain(session, key, is_keyless=is_keyless)
    problems: list[str] = []
    if chain.broken_at is not None:
        problems.append(f"操作记录校验链在第 {chain.broken_at} 节断开：此处的记录被改动或删除过")
    if chain.unsealed:
        problems.append(f"{chain.unsealed} 条旧的操作记录不在校验链中：不是由平台写入的")
    problems += _against_heads(session, heads)
    records = unnoted = 0
    for table in LEDGER:
        ledger = _Ledger(session, table)
        records, unnoted = records + len(ledger.held), unnoted + len(ledger.unnoted)
        problems += ledger.problems()
    for snapshot in session.exec(select(TurnoverSnapshot)):
        if not is_intact(session, snapshot):
            problems.append(f"统计快照 {snapshot.id} 的数字与逐份合同不符：被改动过")
    return Verification(problems, chain.links, chain.head, records, unnoted)


def _against_heads(session: Session, heads: Sequence[Head]) -> Iterator[str]:
    for head in heads:
        if not head.is_ours:
            yield f"链尾记录中 {head.at or '某一行'} 的一行不是平台写的，或被改动过"
            continue
        link = session.get(AuditSeal, head.links)
        if link is None or link.hash != head.hash:
            what = "被删去" if link is None else "被改写"
            yield f"操作记录{what}：{head.at} 记下的链尾是第 {head.links} 节 {head.hash[:16]}，现在对不上"


class _Ledger:
    """One ledger table against the last word of the trail on each of its records."""

    def __init__(self, session: Session, table: type[SQLModel]) -> None:
        self._session, self._table = session, table
        connection: Connection = session.connection()
        self.held = content_hashes(connection, table)
        last = (
            select(func.max(AuditEvent.id))
            .where(col(AuditEvent.table_name) == table.__tablename__, col(AuditEvent.record_id).is_not(None))
            # Readings and exports say nothing of what a record holds.
            .where(col(AuditEvent.action).in_([AuditAction.ADDED, AuditAction.CHANGED, AuditAction.REMOVED]))
            .group_by(col(AuditEvent.record_id))
        )
        told = session.exec(
            select(AuditEvent.record_id, AuditEvent.action, AuditEvent.content_hash, AuditEvent.id).where(
                col(AuditEvent.id).in_(last)
            )
        )
        self.told = {
            number: (action, content, event or 0) for number, action, content, event in told if number is not None
        }
        self.unnoted = {
            number
            for number in self.held
            if number in self.told and self.told[number][1] is None and self.told[number][0] is not AuditAction.REMOVED
        }

    def problems(self) -> Iterator[str]:
        noun = _NOUNS[self._table]
        for number, content in sorted(self.held.items()):
            action, expected, _ = self.told.get(number, (None, None, None))
            if action is None or action is AuditAction.REMOVED:
                yield f"{noun} {number} 不是由平台写入的：操作记录中没有它"
            elif expected is not None and expected != content:
                yield f"{noun} {number} 的内容与操作记录不符：被直接改动过"
        removed = self._contracts_removed()
        for number, (action, _, event) in sorted(self.told.items()):
            if number in self.held or action is AuditAction.REMOVED:
                continue
            if self._table not in _PARTS or event > removed:
                yield f"{noun} {number} 被删去：操作记录中没有删除它"

    def _contracts_removed(self) -> int:
        """The last event of a contract's removal: its parts went with it. 0 where none was removed."""
        removed = select(func.max(AuditEvent.id)).where(
            col(AuditEvent.table_name) == TechnologyContract.__tablename__,
            col(AuditEvent.action) == AuditAction.REMOVED,
        )
        return self._session.exec(removed).one() or 0
