"""The dictionary that widens searches: the bundled groups of names, and what the administrator changed in them.

It is looked up in what is typed, never written into an index: a change counts from the next search on, in every process.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlmodel import Session, col, select

from indexing.thesaurus import BUNDLED, SEPARATOR, Group, Thesaurus, bundled_groups
from matchmaker.errors import LimitReached, MalformedRequest, NotFound, RecordAlreadyExists
from matchmaker.models.base import now
from matchmaker.models.dictionary import WordGroup
from matchmaker.rights import Actor

FILE_LABELS = {"abbreviations": "缩写", "english": "中英文对照", "synonyms": "同义词"}
MOST_NAMES = 20
LONGEST_NAME = 60
# A dictionary of its own, kept by hand; what is larger belongs into the bundled files.
MOST_GROUPS = 5_000
_BETWEEN_NAMES = re.compile(r"\s=\s|[＝\n；;]")


@dataclass(frozen=True)
class Line:
    """A line of the bundled dictionary as it counts now: `change` is what stands in its place, if anything does."""

    file: str
    names: Group
    change: WordGroup | None

    @property
    def key(self) -> str:
        """How the line is named where it is changed: as it is written in the file."""
        return SEPARATOR.join(self.names)


def thesaurus(session: Session) -> Thesaurus:
    """The dictionary as it counts now."""
    rows = session.exec(select(WordGroup.bundled, WordGroup.words).order_by(col(WordGroup.id))).all()
    return _thesaurus(tuple((bundled, tuple(words)) for bundled, words in rows))


@lru_cache(maxsize=4)
def _thesaurus(changes: tuple[tuple[str | None, Group], ...]) -> Thesaurus:
    replaced = {bundled for bundled, _ in changes if bundled is not None}
    bundled = [group for name in BUNDLED for group in bundled_groups(name) if SEPARATOR.join(group) not in replaced]
    return Thesaurus([*bundled, *(words for _, words in changes if words)])


def own_groups(session: Session) -> list[WordGroup]:
    """The groups that were added here, the latest first."""
    return list(
        session.exec(select(WordGroup).where(col(WordGroup.bundled).is_(None)).order_by(col(WordGroup.id).desc()))
    )


def bundled_lines(session: Session, name: str = "") -> list[Line]:
    """The lines of the bundled dictionary in which a name contains this text; all of them without one."""
    changes = {row.bundled: row for row in session.exec(select(WordGroup).where(col(WordGroup.bundled).is_not(None)))}
    wanted = name.strip().lower()
    return [
        Line(file, group, changes.get(SEPARATOR.join(group)))
        for file in BUNDLED
        for group in bundled_groups(file)
        if any(wanted in word.lower() for word in group)
    ]


def names_of(text: str) -> list[str]:
    """The names in what was typed: separated by “ = ”, a semicolon or a new line. Raises MalformedRequest."""
    names = list(dict.fromkeys(name for part in _BETWEEN_NAMES.split(text) if (name := " ".join(part.split()))))
    if not 2 <= len(names) <= MOST_NAMES:
        raise MalformedRequest(
            f"一组应有 2—{MOST_NAMES} 个说法，读到 {len(names)} 个", "请用“ = ”或换行分开，如：跌倒 = 摔倒 = 倒地"
        )
    for name in names:
        if len(name) > LONGEST_NAME or not name.isprintable() or not any(map(str.isalnum, name)):
            raise MalformedRequest(
                f"“{name[:LONGEST_NAME]}”不能作为一个说法", f"每个说法最多 {LONGEST_NAME} 字，且含文字或数字"
            )
        if len(name) == 1 and not name.isascii() and all(len(other) == 1 for other in names):
            raise MalformedRequest("只有单个汉字的一组不会起作用", "单个汉字出现在太多词里，请写完整的词")
    return names


def add_group(session: Session, names: Sequence[str], *, by: Actor) -> WordGroup:
    """A new group. Raises RecordAlreadyExists, LimitReached."""
    groups = own_groups(session)
    if len(groups) >= MOST_GROUPS:
        raise LimitReached(f"最多 {MOST_GROUPS} 组", "请先删除不用的组")
    wanted = {name.lower() for name in names}
    if any({word.lower() for word in group.words} == wanted for group in groups):
        raise RecordAlreadyExists("已有完全相同的一组", "可在列表中找到并修改它")
    group = WordGroup(words=list(names), changed_by_id=by.account_id)
    session.add(group)
    session.flush()
    return group


def change_group(session: Session, group_id: int, names: Sequence[str], *, by: Actor) -> WordGroup:
    """Other names for the group. Raises NotFound."""
    group = _group(session, group_id)
    group.words, group.changed_by_id, group.updated_at = list(names), by.account_id, now()
    session.flush()
    return group


def remove_group(session: Session, group_id: int) -> None:
    """Forget the group; a changed line of the bundled dictionary counts as it was again. Raises NotFound."""
    session.delete(_group(session, group_id))
    session.flush()


def replace_line(session: Session, key: str, names: Sequence[str], *, by: Actor) -> WordGroup:
    """What counts in place of a line of the bundled dictionary; without names it is switched off. Raises NotFound."""
    if not any(line.key == key for line in bundled_lines(session)):
        raise NotFound("随附词典里没有这一行", "它可能已在新版本中改写，请从列表重新进入")
    group = session.exec(select(WordGroup).where(WordGroup.bundled == key)).first() or WordGroup(bundled=key)
    group.words, group.changed_by_id, group.updated_at = list(names), by.account_id, now()
    session.add(group)
    session.flush()
    return group


def _group(session: Session, group_id: int) -> WordGroup:
    group = session.get(WordGroup, group_id)
    if group is None:
        raise NotFound("没有这一组", "它可能已被删除，请从列表重新进入")
    return group
