"""Check of the audit trail's chain."""

from collections.abc import Iterable
from functools import partial

from sqlmodel import Session

from matchmaker.audit import examine_chain
from matchmaker.doctor.base import Finding, Patient


def chain(patient: Patient) -> Iterable[Finding]:
    """Computed anew from the first link to the last."""
    if patient.database is None:
        return []
    line = partial(Finding, "audit", "操作记录")
    with Session(patient.database) as session:
        found = examine_chain(session)
    repair = "请保留数据库现状和备份，查明谁直接改过数据库"
    if found.broken_at is not None:
        return [line("red", f"校验链在第 {found.broken_at} 节断开：此处的记录被改动或删除过", repair)]
    if found.unsealed:
        return [line("red", f"{found.unsealed} 条旧记录不在校验链中：不是由平台写入的", repair)]
    return [line("green", f"校验链共 {found.links} 节，完整；链尾 {found.head[:16]}")]
