"""The key of the audit chain: outside the database, so that who can write into the database alone cannot forge a link."""

import os
import secrets
import tempfile
from contextlib import suppress

from sqlalchemy import make_url

from matchmaker.errors import MalformedRequest
from matchmaker.settings import Settings

_FILE = "audit.key"
_LEAST = 32


def audit_key(settings: Settings, *, make: bool = False) -> bytes:
    """The setting; else, where one machine holds everything (SQLite), a file in the data folder, which `make` makes.

    Empty where there is none: several processes with keys of their own would break each other's chain.
    Raises MalformedRequest for a key that is too short.
    """
    if settings.audit_key is not None:
        key = settings.audit_key.get_secret_value().strip().encode()
        if len(key) < _LEAST:
            raise MalformedRequest(
                "MATCHMAKER_AUDIT_KEY 太短", f"请用至少 {_LEAST} 个随机字符，如 openssl rand -hex 32 的输出"
            )
        return key
    if make_url(settings.resolved_database_url()).get_backend_name() != "sqlite":
        return b""
    file = settings.data_dir / _FILE
    if make and not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile("w", dir=file.parent, prefix=".audit-key-") as written:
            written.write(secrets.token_hex(_LEAST))
            written.flush()
            # There at once and whole, or another process of this machine was faster: its key is ours.
            with suppress(FileExistsError):
                os.link(written.name, file)
    return file.read_text().strip().encode() if file.exists() else b""
