"""The whole installation in one file, made while people work, and back.

A backup is a zip: the database as an SQLite file, whichever database is in use, so that no program of a server is needed
and a backup of one kind of database comes back into the other; the city file; the learned coefficients; the key and the
noted ends of the audit chain; and a manifest with the digest of each of them. The search index is not in it: it is made from the database.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from sqlalchemy import Engine, func, inspect, make_url, select
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, SQLModel

from matchmaker.audit import examine_chain
from matchmaker.audit_heads import heads_file
from matchmaker.database import migrate, needs_upgrade, open_database
from matchmaker.errors import BackupRefused
from matchmaker.index_rebuild import request_rebuild
from matchmaker.matching.coefficients import learned_file
from matchmaker.models.base import now
from matchmaker.moving import move_database
from matchmaker.settings import Settings
from matchmaker.visibility import CITY_TIME

_DATABASE, _CITY, _COEFFICIENTS, _MANIFEST = "database.sqlite", "city.toml", "coefficients.toml", "manifest.json"
_KEY, _HEADS = "audit.key", "audit-heads.jsonl"
_FORMAT = 1
_NAME, _SUFFIX = "matchmaker-", ".backup.zip"
_CHUNK = 1 << 20
# As much as `doctor` calls too little.
_LEFT_FREE = 200 * 2**20


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself: when it was made, of how many rows in each table, where its audit chain ends."""

    format: int
    made_at: str
    rows: Mapping[str, int]
    audit_links: int
    audit_head: str
    digests: Mapping[str, str]

    @property
    def records(self) -> int:
        """Rows in all tables."""
        return sum(self.rows.values())


@dataclass(frozen=True)
class Restored:
    """What came back, and what was set aside for it (None where nothing was there)."""

    manifest: Manifest
    set_aside: Path | None
    city_file: Path | None


def backup_folder(settings: Settings) -> Path:
    """Where backups lie."""
    return settings.backup_dir or settings.data_dir.absolute() / "backups"


def backups(settings: Settings) -> list[Path]:
    """The backups there are, the newest first; what is still being written is none."""
    return sorted(backup_folder(settings).glob(f"{_NAME}*{_SUFFIX}"), reverse=True)


def made_at(backup: Path) -> datetime:
    """When it was made, by its name."""
    stamp = backup.name.removeprefix(_NAME).removesuffix(_SUFFIX)[:15]
    return datetime.strptime(stamp, "%Y%m%d-%H%M%S").replace(tzinfo=CITY_TIME)


def back_up(database: Engine, settings: Settings, *, why: str = "") -> Path:
    """A new backup of everything as of one moment, checked; nobody who writes waits for it. Its owner alone may read it.

    Older ones beyond `settings.backups_kept` are removed afterwards. Raises BackupRefused (no room, no right, or the
    database has more rows than arrived), DatabaseNotReady.
    """
    folder = backup_folder(settings)
    name = f"{_NAME}{datetime.now(CITY_TIME):%Y%m%d-%H%M%S}{f'-{why}' if why else ''}{_SUFFIX}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(prefix=".making-", dir=folder) as inside:
            copy = Path(inside) / _DATABASE
            _check_room(database, folder)
            _copy(database, copy)
            members = {_DATABASE: copy}
            if settings.city_file is not None:
                members[_CITY] = settings.city_file
            beside = {_COEFFICIENTS: learned_file(settings.data_dir), **_of_trail(settings)}
            members |= {name: file for name, file in beside.items() if file.exists()}
            made = Path(inside) / name
            _pack(made, members, _manifest(copy, members))
            os.replace(made, folder / name)
    except OSError as error:
        raise BackupRefused(
            f"备份没有完成（{error.strerror}）：{folder}",
            "请检查磁盘空间和写权限，或用 MATCHMAKER_BACKUP_DIR 换一个目录",
        ) from error
    for old in backups(settings)[max(1, settings.backups_kept) :]:
        old.unlink(missing_ok=True)
    return folder / name


def upgrade(database: Engine, settings: Settings) -> None:
    """Bring the schema to the newest version; an SQLite database with an older one is backed up before."""
    if database.dialect.name == "sqlite" and needs_upgrade(database):
        back_up(database, settings, why="before-upgrade")
    migrate(database)


def checked(backup: Path) -> Manifest:
    """The manifest of a backup every part of which is whole. Raises BackupRefused."""
    try:
        with ZipFile(backup) as archive:
            manifest = Manifest(**json.loads(archive.read(_MANIFEST)))
            for name, digest in manifest.digests.items():
                with archive.open(name) as member:
                    if _digest(iter(lambda: member.read(_CHUNK), b"")) != digest:
                        raise BackupRefused(f"备份“{backup.name}”中的 {name} 与当时的内容不符", "请改用另一份备份")
    except OSError as error:
        raise BackupRefused(f"备份“{backup}”无法读取（{error.strerror}）", "请核对路径和读权限") from error
    except (BadZipFile, KeyError, TypeError, ValueError, EOFError) as error:
        raise BackupRefused(f"“{backup.name}”不是完整的备份", "请改用另一份备份，或重新复制后再试") from error
    if manifest.format != _FORMAT:
        raise BackupRefused(f"备份“{backup.name}”由更新的版本制作", "请先升级本程序，再恢复")
    return manifest


def restore(backup: Path, settings: Settings, *, replace: bool = False) -> Restored:
    """Everything back as it was, compared with what the backup says, upgraded to today's schema, the index to be rebuilt.

    An SQLite database that holds something is set aside where `replace` says so, never deleted; a PostgreSQL database
    must be empty. Until all has been compared nothing is changed. Raises BackupRefused, MoveRefused, DatabaseNotReady.
    """
    manifest = checked(backup)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix=".restoring-", dir=settings.data_dir) as inside:
        with ZipFile(backup) as archive:
            archive.extractall(inside, members=[name for name in manifest.digests if name in _MEMBERS])
        copy = Path(inside) / _DATABASE
        _check_copy(copy, manifest, backup)
        _upgrade(copy, manifest, backup)
        set_aside = _bring_back(copy, settings, replace=replace)
        city = _put(Path(inside) / _CITY, settings.data_dir / _CITY)
        _put(Path(inside) / _COEFFICIENTS, learned_file(settings.data_dir))
        for name, place in _of_trail(settings).items():
            _put(Path(inside) / name, place)
    return Restored(manifest, set_aside, city)


_MEMBERS = (_DATABASE, _CITY, _COEFFICIENTS, _KEY, _HEADS)


def _of_trail(settings: Settings) -> dict[str, Path]:
    """What proves the audit trail and lies outside the database."""
    return {_KEY: settings.data_dir / _KEY, _HEADS: heads_file(settings)}


def _check_room(database: Engine, folder: Path) -> None:
    """Raise BackupRefused where a backup could leave the platform itself without room."""
    size = 0
    if database.dialect.name == "sqlite":
        size = Path(str(database.url.database)).stat().st_size
    free = shutil.disk_usage(folder).free
    # The copy and the packed file lie side by side for a moment.
    if free < 2 * size + _LEFT_FREE:
        raise BackupRefused(
            f"{folder} 所在磁盘只剩 {free / 2**30:.1f} GB，备份后平台可能写不下数据",
            "请腾出空间，或用 MATCHMAKER_BACKUP_DIR 换到另一个磁盘",
        )


def _copy(database: Engine, to: Path) -> None:
    """The database as an SQLite file as of one moment."""
    if database.dialect.name == "sqlite":
        with closing(sqlite3.connect(str(database.url.database))) as source, closing(sqlite3.connect(to)) as target:
            source.backup(target)
            # One file, without the log that a running service keeps beside its own.
            target.execute("PRAGMA journal_mode=DELETE")
        return
    with _opened(to) as target:
        move_database(database, target)
    with closing(sqlite3.connect(to)) as written:
        written.execute("PRAGMA journal_mode=DELETE")


def _manifest(copy: Path, members: Mapping[str, Path]) -> Manifest:
    with _opened(copy) as opened:
        rows, (links, head) = _rows(opened), _chain(opened)
    with closing(sqlite3.connect(copy)) as written:
        written.execute("PRAGMA journal_mode=DELETE")
    digests = {name: _digest_of(path) for name, path in members.items()}
    return Manifest(_FORMAT, now().isoformat(timespec="seconds"), rows, links, head, digests)


def _rows(database: Engine) -> dict[str, int]:
    with database.connect() as connection:
        known = set(inspect(connection).get_table_names())
        tables = [table for table in SQLModel.metadata.sorted_tables if table.name in known]
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables
        }


def _chain(database: Engine) -> tuple[int, str]:
    """Length and end of the audit chain; of a schema that is older than ours, before an upgrade, it is not read."""
    try:
        with Session(database) as session:
            chain = examine_chain(session, is_keyless=True)
    except OperationalError:
        return 0, ""
    return chain.links, chain.head


def _pack(to: Path, members: Mapping[str, Path], manifest: Manifest) -> None:
    descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=3) as archive:
            archive.writestr(_MANIFEST, json.dumps(asdict(manifest), ensure_ascii=False, indent=1))
            for name, path in members.items():
                archive.write(path, name)
        file.flush()
        os.fsync(file.fileno())


def _check_copy(copy: Path, manifest: Manifest, backup: Path) -> None:
    with closing(sqlite3.connect(copy)) as opened:
        if opened.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise BackupRefused(f"备份“{backup.name}”中的数据库已损坏", "请改用另一份备份")
    with _opened(copy) as database:
        found = _rows(database)
    if found != manifest.rows:
        raise BackupRefused(f"备份“{backup.name}”中的行数与记载的不同", "请改用另一份备份")


def _upgrade(copy: Path, manifest: Manifest, backup: Path) -> None:
    with _opened(copy) as database:
        migrate(database)
        if manifest.audit_links and _chain(database) != (manifest.audit_links, manifest.audit_head):
            raise BackupRefused(f"备份“{backup.name}”中的操作记录校验链与记载的不同", "请改用另一份备份，并查明原因")
        request_rebuild(database)


def _bring_back(copy: Path, settings: Settings, *, replace: bool) -> Path | None:
    url = settings.resolved_database_url()
    if make_url(url).get_backend_name() != "sqlite":
        target = open_database(url)
        try:
            with _opened(copy) as source:
                move_database(source, target)
        finally:
            target.dispose()
        return None
    with closing(sqlite3.connect(copy)) as written:
        written.execute("PRAGMA journal_mode=DELETE")
    file = Path(str(make_url(url).database))
    set_aside = _set_aside(file, replace=replace) if file.exists() else None
    os.replace(copy, file)
    return set_aside


def _set_aside(file: Path, *, replace: bool) -> Path:
    """The present database under another name. Raises BackupRefused unless that was asked for and nobody uses it."""
    if not replace:
        raise BackupRefused(f"{file} 已有数据库，没有改动它", "确要用备份代替，请加 --replace；原数据库会改名保留")
    try:
        with closing(sqlite3.connect(file, timeout=1)) as present:
            # Refused while anybody else has it open.
            present.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        raise BackupRefused(f"{file} 正在使用", "请先停止 matchmaker serve 和 worker，再恢复") from error
    except sqlite3.DatabaseError:
        # Damaged: perhaps the very reason for restoring. It is set aside as it is.
        pass
    kept = file.with_name(f"{file.stem}-replaced-{datetime.now(CITY_TIME):%Y%m%d-%H%M%S}{file.suffix}")
    os.replace(file, kept)
    for beside in ("-wal", "-shm"):
        log = file.with_name(file.name + beside)
        if log.exists():
            os.replace(log, kept.with_name(kept.name + beside))
    return kept


def _put(member: Path, place: Path) -> Path | None:
    if not member.exists():
        return None
    os.replace(member, place)
    return place


@contextmanager
def _opened(file: Path) -> Iterator[Engine]:
    opened = open_database(f"sqlite:///{file}")
    try:
        yield opened
    finally:
        opened.dispose()


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return _digest(iter(lambda: file.read(_CHUNK), b""))


def _digest(chunks: Iterator[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()
