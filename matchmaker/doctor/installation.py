"""Checks of what lies on this machine, and of the database."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from indexing.engines.urls import engine_name
from matchmaker.backup import backup_folder, backups, made_at
from matchmaker.classification import load_city
from matchmaker.clock import CONFIRM, clock_problem
from matchmaker.database import check_schema, open_database
from matchmaker.doctor.base import Finding, Patient
from matchmaker.errors import DatabaseNotReady
from matchmaker.logs import without_secrets
from matchmaker.settings import Settings
from matchmaker.visibility import CITY_TIME

# An unreachable PostgreSQL is given up after this; the program itself waits longer.
_CONNECT_SECONDS = 3
# A rebuild writes a second index beside the first: about a gigabyte each for 100,000 records with vectors.
_LITTLE_SPACE = 2 * 2**30
# The largest import file, the database's log and the index's next segment must still find room.
_NO_SPACE = 200 * 2**20
# One is made every night: two days old, the last was missed; after a week nobody has looked.
_OLD_BACKUP, _TOO_OLD_BACKUP = 2, 7
_PROBE = b"\0" * 65536


def data_folder(patient: Patient) -> Iterable[Finding]:
    """Is it there, can it be written, is there room."""
    line = partial(Finding, "data_folder", "数据目录")
    folder = patient.settings.data_dir.absolute()
    # Of one that is not there yet, the place where it will be made.
    place = next(one for one in (folder, *folder.parents) if one.exists())
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(_PROBE)
            file.flush()
        free = shutil.disk_usage(place).free
    except OSError as error:
        repair = "请给运行平台的用户写权限，并检查磁盘空间和挂载方式"
        return [line("red", f"{folder} 无法写入（{error.strerror}）", repair)]
    if place != folder:
        repair = "首次启动时会建立；若应已有数据，请核对 MATCHMAKER_DATA_DIR 和启动时所在的目录"
        return [line("yellow", f"{folder} 不存在", repair)]
    sentence = f"{folder} 可写，所在磁盘还有 {free / 2**30:.1f} GB"
    if free < _LITTLE_SPACE:
        return [line("red" if free < _NO_SPACE else "yellow", sentence, "请腾出空间：重建索引要多占一份，至少留 2 GB")]
    return [line("green", sentence)]


def city(patient: Patient) -> Iterable[Finding]:
    """Can the city configuration be read, and is it a real city's."""
    line = partial(Finding, "city", "城市配置")
    path = patient.settings.city_file
    try:
        found = load_city(path)
    except Exception as error:
        # A file of another shape fails in many ways.
        reason = error.strerror if isinstance(error, OSError) else "内容不完整或格式不对"
        repair = "请对照 matchmaker/vocabularies/city.toml 改好，并核对 MATCHMAKER_CITY_FILE 和读权限"
        return [line("red", f"{path} 无法使用（{reason}）", repair)]
    if found.is_invented:
        repair = "正式使用前请运行 matchmaker city 城市名称，改好写出的文件，再设 MATCHMAKER_CITY_FILE"
        return [line("yellow", f"{found.name}是虚构的演示城市", repair)]
    return [line("green", found.name)]


def database(patient: Patient) -> Iterable[Finding]:
    """Does it answer, is its schema ours, is it the right kind."""
    line = partial(Finding, "database", "数据库")
    try:
        url, file = _address(patient.settings)
        if file is not None and not file.exists():
            return [line("red", f"{file} 尚未建立", "请运行 matchmaker migrate 或 matchmaker serve")]
        opened = open_database(url)
        check_schema(opened)
    except DatabaseNotReady as error:
        return [line("red", without_secrets(error.detail), error.fix)]
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        reason = getattr(error, "orig", None) or type(error).__name__
        return [line("red", f"数据库文件无法使用（{reason}）", "请检查文件权限和磁盘空间；文件已损坏时请用备份恢复")]
    patient.database = opened
    if opened.dialect.name != "sqlite":
        return [line("green", "PostgreSQL，结构为最新")]
    if engine_name(patient.settings.resolved_engine_url()) != "embedded":
        sentence = "SQLite，结构为最新；只容一个进程写索引，serve 与 worker 不能并用"
        return [line("yellow", sentence, "请改用 PostgreSQL（MATCHMAKER_DATABASE_URL），或只运行一个 serve")]
    return [line("green", "SQLite，结构为最新")]


def clock(patient: Patient) -> Iterable[Finding]:
    """Is it later than when the platform last looked, and not by days."""
    if patient.database is None:
        return []
    line = partial(Finding, "clock", "系统时间")
    if problem := clock_problem(patient.database):
        return [line("red", problem, CONFIRM)]
    return [line("green", "与平台上次运行的时间相接")]


def backup(patient: Patient) -> Iterable[Finding]:
    """Is there one, and how old is the newest."""
    if patient.database is None:
        return []
    line = partial(Finding, "backup", "备份")
    made = backups(patient.settings)
    repair = "请运行 matchmaker backup，并把文件另存到别的机器"
    if not made:
        return [line("yellow", f"{backup_folder(patient.settings)} 中没有备份", repair)]
    days = (datetime.now(CITY_TIME) - made_at(made[0])).days
    sentence = f"最近一次在 {made_at(made[0]):%Y-%m-%d %H:%M}，共 {len(made)} 份"
    if days >= _OLD_BACKUP:
        return [line("red" if days >= _TOO_OLD_BACKUP else "yellow", f"{sentence}，已过 {days} 天", repair)]
    return [line("green", sentence)]


def _address(settings: Settings) -> tuple[str, Path | None]:
    """The URL to try, and the file of an SQLite database: opening one that is not there would make it."""
    try:
        url = make_url(settings.resolved_database_url())
    except (ArgumentError, ValueError):
        # What `open_database` will say of it quotes nothing.
        return settings.database_url, None
    if url.get_backend_name() == "sqlite":
        in_memory = url.database in (None, "", ":memory:")
        return url.render_as_string(hide_password=False), None if in_memory else Path(str(url.database))
    if url.get_backend_name() in ("postgres", "postgresql"):
        url = url.update_query_dict({"connect_timeout": str(_CONNECT_SECONDS)})
    return url.render_as_string(hide_password=False), None
