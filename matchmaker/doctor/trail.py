"""Check of the audit trail, and of what figures rest on."""

from collections.abc import Iterable
from functools import partial

from sqlmodel import Session

from matchmaker.audit_heads import noted_heads
from matchmaker.audit_key import audit_key
from matchmaker.audit_verification import verified
from matchmaker.doctor.base import Finding, Patient

_REPAIR = "请保留数据库现状和备份，查明谁直接改过数据库；逐条见 matchmaker audit verify"


def chain(patient: Patient) -> Iterable[Finding]:
    """Computed anew from the first link to the last, and compared with the ledger."""
    if patient.database is None:
        return []
    line = partial(Finding, "audit", "操作记录")
    key = audit_key(patient.settings)
    with Session(patient.database) as session:
        found = verified(session, key, noted_heads(patient.settings), is_keyless=not key)
    if not found.holds:
        more = f"；另有 {len(found.problems) - 1} 处" if len(found.problems) > 1 else ""
        return [line("red", f"{found.problems[0]}{more}", _REPAIR)]
    return [line("green", f"校验链共 {found.links} 节，与台账 {found.records} 条一致；链尾 {found.head[:16]}")]
