"""The end of the audit chain, noted outside the database every night: what is cut off or written anew then shows."""

import hashlib
import hmac
import json
import logging
import logging.handlers
import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from matchmaker.audit_key import audit_key
from matchmaker.errors import MalformedRequest
from matchmaker.models.audit import AuditSeal
from matchmaker.models.base import now
from matchmaker.settings import Settings

_FILE = "audit-heads.jsonl"
_SYSLOG_PORT = 514


@dataclass(frozen=True)
class Head:
    """The chain had so many links, the last with this hash. `is_ours`: the line was written with our key, or none."""

    at: str
    links: int
    hash: str
    is_ours: bool = True


def heads_file(settings: Settings) -> Path:
    """Where heads are noted in the data folder."""
    return settings.data_dir / _FILE


def note_head(database: Engine, settings: Settings) -> Head | None:
    """Note the present end in the data folder and wherever `audit_heads` says; None for a chain without links.

    Raises OSError, MalformedRequest (a place that cannot be understood).
    """
    with Session(database) as session:
        last = session.exec(select(AuditSeal).order_by(col(AuditSeal.sequence).desc()).limit(1)).first()
    if last is None:
        return None
    head = Head(now().isoformat(timespec="seconds"), last.sequence, last.hash)
    line = _line(head, audit_key(settings))
    # With PostgreSQL nothing else may have made it yet.
    heads_file(settings).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _append(heads_file(settings), line)
    for place in filter(None, (part.strip() for part in settings.audit_heads.split(","))):
        if place.startswith("syslog://"):
            _to_syslog(place, line)
        elif place.startswith("/"):
            _append(Path(place), line)
        else:
            raise MalformedRequest(
                f"MATCHMAKER_AUDIT_HEADS 中的“{place}”无法识别", "请写绝对路径，或 syslog://主机:端口，多个用逗号分隔"
            )
    return head


def noted_heads(settings: Settings, *further: Path) -> list[Head]:
    """All heads that were noted in files, with those of further files."""
    key = audit_key(settings)
    places = [Path(part.strip()) for part in settings.audit_heads.split(",") if part.strip().startswith("/")]
    found: list[Head] = []
    for file in dict.fromkeys([heads_file(settings), *places, *further]):
        if file.exists():
            found += _read(file.read_text("utf-8", "replace").splitlines(), key)
    return found


def _line(head: Head, key: bytes) -> str:
    return json.dumps({"at": head.at, "links": head.links, "hash": head.hash, "mac": _mac(head, key)})


def _mac(head: Head, key: bytes) -> str:
    said = f"{head.at} {head.links} {head.hash}"
    return hmac.new(key, said.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest() if key else ""


def _read(lines: Iterable[str], key: bytes) -> list[Head]:
    found = []
    for line in filter(str.strip, lines):
        try:
            said = json.loads(line)
            head = Head(str(said["at"]), int(said["links"]), str(said["hash"]))
        except (ValueError, TypeError, KeyError):
            found.append(Head("", 0, "", is_ours=False))
            continue
        # Without the key at hand nobody can tell; lines from before there was one have none.
        is_ours = not key or not said.get("mac") or hmac.compare_digest(str(said["mac"]), _mac(head, key))
        found.append(replace(head, is_ours=is_ours))
    return found


def _append(file: Path, line: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w") as written:
        written.write(line + "\n")
        written.flush()
        os.fsync(written.fileno())


def _to_syslog(place: str, line: str) -> None:
    parts = urlsplit(place)
    if not parts.hostname:
        raise MalformedRequest(f"MATCHMAKER_AUDIT_HEADS 中的“{place}”没有主机名", "请写成 syslog://主机:514")
    handler = logging.handlers.SysLogHandler(
        (parts.hostname, parts.port or _SYSLOG_PORT), logging.handlers.SysLogHandler.LOG_AUTHPRIV, socket.SOCK_DGRAM
    )
    try:
        record = logging.LogRecord("matchmaker.audit", logging.INFO, "", 0, f"matchmaker audit {line}", None, None)
        handler.emit(record)
    finally:
        handler.close()
