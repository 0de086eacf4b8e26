"""What a draft meets before it is submitted: records that say the same already, and counterparts that may answer it."""

from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz
from sqlmodel import Session, col, select

from indexing.errors import IndexingError
from matchmaker.errors import SearchNotAvailable
from matchmaker.index_documents import kind_of
from matchmaker.indexes import Indexes
from matchmaker.models.outbox import RecordKind
from matchmaker.posting.fields import FORMS
from matchmaker.rights import Actor
from matchmaker.search import Entry, SearchRequest, search_records
from matchmaker.visibility import SearchedRecord, in_lists_of, is_own, own

# Titles this alike differ by a word or two (rapidfuzz ratio, of 100): “秸秆制可降解包装材料” and
# “玉米秸秆制备可降解包装材料” reach 87; no two of the 130 demo needs, all of them different, reach 50.
_LIKE_TITLES = 70.0
# Texts this near in meaning tell of the same thing in other words; mere neighbours of a subject lie around 0.5.
_LIKE_MEANING = 0.8
# As many as one looks at before submitting, and the own records that titles are compared with.
_SHOWN = 5
_LOOKED_AT = 20
_OWN_COMPARED = 500
# The beginning of the text says what it is about; a longer question only makes every word count less.
_ASKED_CHARACTERS = 300


@dataclass(frozen=True)
class Similar:
    """A record that may be the same thing, and why."""

    record: SearchedRecord
    reason: str
    is_own: bool


@dataclass(frozen=True)
class Surroundings:
    """What is there already. Without the search only titles are compared, and no counterparts are named."""

    similar: list[Similar]
    counterparts: list[SearchedRecord]
    is_search_down: bool


def surroundings(session: Session, indexes: Indexes | None, record: SearchedRecord, *, by: Actor) -> Surroundings:
    """Records like this one (which may be unsaved) and its likely counterparts, as far as she may know of them.

    Never raises because of the search: with the engine down the answer says so.
    """
    kind = kind_of(record)
    same_titles = session.exec(
        select(FORMS[kind].table).where(
            *in_lists_of(FORMS[kind].table, by), col(FORMS[kind].table.title) == record.title
        )
    )
    table = FORMS[kind].table
    mine = session.exec(select(table).where(own(table, by)).order_by(col(table.id).desc()).limit(_OWN_COMPARED))
    known: dict[int | None, tuple[SearchedRecord, float | None]] = {
        one.id: (one, None) for one in (*same_titles, *mine)
    }
    try:
        entries = _found(session, indexes, kind, record.title, by)
        known |= {entry.record.id: (entry.record, entry.cosine) for entry in entries}
        counterparts = [entry.record for entry in _counterparts(session, indexes, record, by)]
        is_down = False
    except (SearchNotAvailable, IndexingError):
        counterparts, is_down = [], True
    known.pop(record.id, None)
    return Surroundings(_similar(record, known.values(), by), counterparts, is_down)


def _similar(record: SearchedRecord, known: Iterable[tuple[SearchedRecord, float | None]], by: Actor) -> list[Similar]:
    found: list[tuple[float, Similar]] = []
    for other, cosine in known:
        likeness = fuzz.ratio(record.title, other.title)
        mine = is_own(other, by)
        if likeness >= _LIKE_TITLES:
            found.append((likeness, Similar(other, f"名称相近（{likeness:.0f}%）", mine)))
        elif cosine is not None and cosine >= _LIKE_MEANING:
            found.append((100 * cosine, Similar(other, "内容相近", mine)))
    found.sort(key=lambda one: (-one[0], one[1].record.id or 0))
    return [one for _, one in found[:_SHOWN]]


def _counterparts(session: Session, indexes: Indexes | None, record: SearchedRecord, by: Actor) -> list[Entry]:
    other = RecordKind.ACHIEVEMENTS if kind_of(record) is RecordKind.NEEDS else RecordKind.NEEDS
    text = getattr(record, "problem", "") or getattr(record, "summary", "")
    entries = _found(session, indexes, other, f"{record.title}\n{text}"[:_ASKED_CHARACTERS], by)
    return [entry for entry in entries if not is_own(entry.record, by)][:_SHOWN]


def _found(session: Session, indexes: Indexes | None, kind: RecordKind, text: str, by: Actor) -> list[Entry]:
    """Nothing is found for nothing: an empty question would list everything."""
    if indexes is None:
        raise SearchNotAvailable("检索索引未能打开")
    if not text.strip():
        return []
    return search_records(session, indexes, kind, SearchRequest(text=text, limit=_LOOKED_AT, reader=by)).entries
