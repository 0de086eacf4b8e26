"""Reading settings that may be wrong: what is wrong with them, and the rest of them all the same."""

import os
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import ValidationError

from matchmaker.doctor.base import Finding, Level
from matchmaker.settings import Settings, secrets_folders

_PREFIX = "MATCHMAKER_"
_SECRETS_DIR = "MATCHMAKER_SECRETS_DIR"
_KNOWN = {_SECRETS_DIR, *(_PREFIX + name.upper() for name in Settings.model_fields)}


def readable_settings() -> tuple[Settings, list[Finding]]:
    """The settings in force, those that cannot be used at their defaults; and what is wrong. Raises nothing."""
    # A source that cannot be read is left out: the others still say where database and engine are.
    sources: dict[str, Any] = {}
    problems: list[Finding] = []
    names = set(os.environ)
    try:
        names |= _names_in_env_file()
    except (OSError, UnicodeDecodeError):
        sources["_env_file"] = None
        problems.append(_problem("red", "文件 .env 无法读取", "请给运行平台的用户读权限，并存为 UTF-8 编码"))
    for folder in secrets_folders():
        try:
            names |= _names_of_secrets(folder)
        except (OSError, UnicodeDecodeError):
            sources["_secrets_dir"] = None
            problems.append(
                _problem("red", f"机密文件夹 {folder} 无法读取", "请给运行平台的用户读权限，文件存为 UTF-8 编码")
            )
        if _SECRETS_DIR in os.environ and not folder.is_dir():
            problems.append(_problem("yellow", f"机密文件夹 {folder} 不存在", f"请建好它，或改正 {_SECRETS_DIR}"))
    problems += _unknown(names)
    try:
        return Settings(**sources), problems
    except ValidationError as error:
        wrong = sorted({str(one["loc"][0]) for one in error.errors()})
    for name in wrong:
        meaning = Settings.model_fields[name].description
        repair = f"请按 README 的 Settings 一节改正；它的含义：{meaning}"
        problems.append(_problem("red", f"{_PREFIX}{name.upper()} 的值无法使用", repair))
    return Settings(**sources, **{name: Settings.model_fields[name].default for name in wrong}), problems


def _names_in_env_file() -> set[str]:
    file = Path(".env")
    return set(dotenv_values(file, encoding="utf-8")) if file.is_file() else set()


def _names_of_secrets(folder: Path) -> set[str]:
    """Names of our files there. Each is read: one that is there and closed to us would stop the program."""
    if not folder.is_dir():
        return set()
    files = [file for file in folder.iterdir() if file.name.lower().startswith(_PREFIX.lower()) and file.is_file()]
    for file in files:
        file.read_text("utf-8")
    return {file.name for file in files}


def _unknown(names: Iterable[str]) -> Iterator[Finding]:
    for name in sorted(names):
        written = name.upper()
        if written.startswith(_PREFIX) and written not in _KNOWN:
            near = get_close_matches(written, _KNOWN, n=1)
            repair = f"请改为 {near[0]}，或删除" if near else "请删除，或对照 README 的 Settings 一节改正"
            yield _problem("yellow", f"没有名为 {name} 的设置，它不起作用", repair)


def _problem(level: Level, sentence: str, repair: str) -> Finding:
    return Finding("settings", "设置", level, sentence, repair)
