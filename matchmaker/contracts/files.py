"""The papers of a contract, each with the digest of what was attached."""

import hashlib
from collections.abc import Sequence
from pathlib import PurePath

from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from matchmaker.audit import record_event
from matchmaker.contracts.access import check_acting
from matchmaker.contracts.life import ContractStep, Part
from matchmaker.contracts.recording import Told, put_on_record
from matchmaker.errors import LimitReached, MalformedRequest, NotAllowed, NotFound, UnreadableFile
from matchmaker.models.audit import AuditAction, FieldChange
from matchmaker.models.contract import ContractFile, TechnologyContract
from matchmaker.models.contract_words import ContractPaper, ContractStatus
from matchmaker.rights import Actor

# Scans of a contract have a few megabytes; the database keeps them, so that one backup has everything.
LARGEST_FILE = 20 * 1024 * 1024
MOST_FILES = 30
# First bytes → media type: what is said by the name alone may be something else.
_KINDS: tuple[tuple[bytes, str, tuple[str, ...]], ...] = (
    (b"%PDF-", "application/pdf", (".pdf",)),
    (b"\x89PNG\r\n\x1a\n", "image/png", (".png",)),
    (b"\xff\xd8\xff", "image/jpeg", (".jpg", ".jpeg")),
    (
        b"PK\x03\x04",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        (".docx",),
    ),
    (b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (".xlsx",)),
    (b"PK\x03\x04", "application/ofd", (".ofd",)),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword", (".doc", ".wps")),
)


def attach(
    session: Session, contract: TechnologyContract, paper: ContractPaper, name: str, content: bytes, *, by: Actor
) -> ContractFile:
    """Keep a file with the contract. Raises UnreadableFile (not a paper of a known kind), LimitReached."""
    check_acting(contract, ContractStep.ATTACH, by)
    media_type = _media_type(name, content)
    known = files_of(session, contract)
    if len(known) >= MOST_FILES:
        raise LimitReached(f"一份合同最多附 {MOST_FILES} 个文件", "请合并扫描件，或删去不需要的")
    digest = hashlib.sha256(content).hexdigest()
    if any(one.sha256 == digest for one in known):
        raise MalformedRequest("这份材料已经附上", "两个文件内容完全相同，不必重复上传")
    file = ContractFile(
        contract_id=contract.id or 0,
        paper=paper,
        name=PurePath(name.replace("\\", "/")).name[-200:],
        media_type=media_type,
        size=len(content),
        sha256=digest,
        content=content,
        uploaded_by_id=by.account_id,
    )
    session.add(file)
    put_on_record(session, contract, ContractStep.ATTACH, by, Told(note=f"{paper.label}，SHA-256 {digest[:16]}…"))
    record_event(session, AuditAction.CHANGED, record=contract, changes=[FieldChange(field="files", after=_told(file))])
    session.flush()
    return file


def detach(session: Session, contract: TechnologyContract, file_id: int, *, by: Actor) -> None:
    """Remove a file from a contract that is not yet registered; whose papers are part of the record."""
    parts = check_acting(contract, ContractStep.ATTACH, by)
    if contract.status is ContractStatus.REGISTERED and Part.OFFICIAL not in parts:
        raise NotAllowed("已登记合同的材料不能删除", "上传有误的，请联系主管部门")
    file = file_by_id(session, contract, file_id)
    session.delete(file)
    put_on_record(
        session, contract, ContractStep.ATTACH, by, Told(note=f"删除{file.paper.label}，SHA-256 {file.sha256[:16]}…")
    )
    removed = FieldChange(field="files", before=_told(file))
    record_event(session, AuditAction.CHANGED, record=contract, changes=[removed])


def _told(file: ContractFile) -> str:
    """The paper as the audit trail names it: with the whole digest, which says later whether it was this one."""
    return f"{file.paper.label} {file.name}，SHA-256 {file.sha256}"


def files_of(session: Session, contract: TechnologyContract) -> Sequence[ContractFile]:
    """The files without their content, in the order they came."""
    wanted = select(ContractFile).where(col(ContractFile.contract_id) == contract.id)
    return session.exec(wanted.options(defer(ContractFile.content)).order_by(col(ContractFile.id))).all()  # type: ignore[arg-type]


def file_by_id(session: Session, contract: TechnologyContract, file_id: int) -> ContractFile:
    """One file. Raises NotFound."""
    file = session.get(ContractFile, file_id)
    if file is None or file.contract_id != contract.id:
        raise NotFound("没有这份材料", "请刷新合同页面")
    return file


def _media_type(name: str, content: bytes) -> str:
    if not content:
        raise UnreadableFile("文件是空的", "请重新选择文件")
    if len(content) > LARGEST_FILE:
        raise UnreadableFile("文件超过 20 MB", "请压缩扫描件后再上传")
    ending = PurePath(name).suffix.lower()
    for begin, media_type, endings in _KINDS:
        if content.startswith(begin) and ending in endings:
            return media_type
    raise UnreadableFile("这种文件不能作为合同材料", "请上传 PDF、Word、Excel、OFD 或 JPG/PNG 扫描件")
