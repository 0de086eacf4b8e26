"""Where somebody wants to go: a page, a record, an organisation — by number, a piece of the name, or pinyin initials."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from threading import Event
from typing import TypeVar
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Engine, true
from sqlmodel import Session, col, or_, select

from matchmaker.models.achievement import Achievement
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.models.party import Enterprise, Institution
from matchmaker.rights import Actor
from matchmaker.visibility import in_lists_of, is_readable, overseen, own
from matchmaker.web.navigation import PLACES
from matchmaker.web.readable import publicly_known

R = TypeVar("R", TechnologyNeed, Achievement)

# As many of each kind as fit into the dialog.
SHOWN = 6
LONGEST = 100
# One letter is the initial of half the city.
_INITIALS = re.compile(r"[a-z0-9]{2,}")
_NUMBER = re.compile(r"#?([1-9]\d{0,8})")


@dataclass(frozen=True)
class Target:
    """One place to go to."""

    name: str
    path: str
    detail: str = ""


@dataclass(frozen=True)
class Group:
    """Targets of one kind."""

    label: str
    targets: list[Target]


# Room for every party of a province; a name costs a tenth of a millisecond the first time and nothing afterwards.
_SPELLED = 100_000


@lru_cache(maxsize=_SPELLED)
def initials(name: str) -> str:
    """The first letters of the syllables, in small letters: `经纪人业绩` → `jjryj`."""
    # Its dictionary takes as long to import as a sixth of the program, which commands need not wait for.
    from pypinyin import Style, lazy_pinyin

    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower().replace(" ", "")


def spell_parties(database: Engine, stopped: Event) -> None:
    """Spell the names of all parties in advance, so that the first search is not the one that waits for it."""
    with Session(database) as session:
        for table in (Enterprise, Institution):
            for name in session.exec(select(table.name).limit(_SPELLED)).all():
                if stopped.is_set():
                    return
                initials(name)


def find(session: Session, question: str, actor: Actor) -> list[Group]:
    """Everything this person may know of that answers to the question, by kind; without a question her pages."""
    wanted = question.strip()[:LONGEST]
    groups = [Group("页面", _pages(wanted, actor))]
    if wanted:
        groups += [
            Group(RecordKind.NEEDS.label, list(_records(session, TechnologyNeed, wanted, actor))),
            Group(RecordKind.ACHIEVEMENTS.label, list(_records(session, Achievement, wanted, actor))),
            Group("企业", _parties(session, Enterprise, wanted, actor)),
            Group("高校院所", _parties(session, Institution, wanted, actor)),
        ]
    return [group for group in groups if group.targets]


def _pages(wanted: str, actor: Actor) -> list[Target]:
    mine = [place for place in PLACES if place.is_for(actor)]
    if not wanted:
        return [Target(place.name, place.path) for place in mine]
    small = wanted.lower().replace(" ", "")
    found = [place for place in mine if wanted in place.name or initials(place.name).startswith(small)]
    return [Target(place.name, place.path) for place in found[:SHOWN]]


def _records(session: Session, table: type[R], wanted: str, actor: Actor) -> Iterator[Target]:
    path = (RecordKind.NEEDS if table is TechnologyNeed else RecordKind.ACHIEVEMENTS).value
    if number := _NUMBER.fullmatch(wanted):
        record = session.get(table, int(number[1]))
        if record is not None and is_readable(session, record, actor):
            yield Target(record.title, f"/{path}/{record.id}", f"编号 {record.id}")
    known: ColumnElement[bool] = true()
    for condition in in_lists_of(table, actor):
        known = known & condition
    titled = (
        select(table.id, table.title)
        .where(
            or_(known, own(table, actor), overseen(table, actor)), col(table.title).icontains(wanted, autoescape=True)
        )
        .order_by(col(table.updated_at).desc(), col(table.id).desc())
        .limit(SHOWN)
    )
    for record_id, title in session.exec(titled):
        yield Target(title, f"/{path}/{record_id}", f"编号 {record_id}")


def _parties(session: Session, table: type[Enterprise] | type[Institution], wanted: str, actor: Actor) -> list[Target]:
    """Parties have no page of their own: the list of what they ask for or offer is where one wants to go."""
    known = select(table.id, table.name).where(_known(table, actor)).order_by(col(table.name), col(table.id))
    letters = wanted.lower()
    if _INITIALS.fullmatch(letters):
        rows = [row for row in session.exec(known) if letters in initials(row[1]) or letters in row[1].lower()]
        rows.sort(key=lambda row: not initials(row[1]).startswith(letters))
    else:
        rows = list(session.exec(known.where(col(table.name).icontains(wanted, autoescape=True)).limit(SHOWN)))
    path = "/needs" if table is Enterprise else "/achievements"
    return [
        Target(name, f"{path}?{urlencode({'q': name})}", "发布的需求" if table is Enterprise else "完成的成果")
        for _, name in rows[:SHOWN]
    ]


def _known(table: type[Enterprise] | type[Institution], actor: Actor) -> ColumnElement[bool]:
    """As `readable_party`: publicly known parties, her own, and all of them for whoever oversees the city."""
    if actor.oversees_everything:
        return true()
    own_id = actor.enterprise_id if table is Enterprise else actor.institution_id
    if own_id is None:
        return publicly_known(table)
    return or_(publicly_known(table), col(table.id) == own_id)
