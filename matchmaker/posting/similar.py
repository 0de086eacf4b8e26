"""What a draft meets before it is submitted: records that say the same already, and counterparts that may answer it."""

from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz
from sqlmodel import Session, col, select

from indexing.errors import IndexingError
from matchmaker.errors import SearchNotAvailable
from matchmaker.index_documents import kind_of
from matchmaker.indexes import Indexes
from matchmaker.matching import Counterparts, ScoredMatch, counterparts
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


@dataclass(frozen=True)
class Similar:
    """A record that may be the same thing, and why."""

    record: SearchedRecord
    reason: str
    is_own: bool


@dataclass(frozen=True)
class Surroundings:
    """What is there already: the same records, and what the page of the record would recommend or name as related.

    Without the search only titles are compared, and no counterparts are named.
    """

    similar: list[Similar]
    recommended: list[ScoredMatch]
    related: list[ScoredMatch]
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
        likely = _counterparts(session, indexes, record, by)
        is_down = False
    except (SearchNotAvailable, IndexingError):
        likely, is_down = Counterparts([], []), True
    known.pop(record.id, None)
    return Surroundings(_similar(record, known.values(), by), likely.recommended, likely.related, is_down)


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


def _counterparts(session: Session, indexes: Indexes | None, record: SearchedRecord, by: Actor) -> Counterparts:
    """As the record's own page will show them: by the same matcher and the same limits, without her own."""
    text = getattr(record, "problem", "") or getattr(record, "summary", "")
    if indexes is None or not f"{record.title}{text}".strip():
        return Counterparts([], [])
    # A change of a stored record is another text: it must not be compared as what is stored.
    fields = {name: getattr(record, name) for name in type(record).model_fields}
    found = counterparts(session, indexes, type(record)(**{**fields, "id": 0}), limit=_LOOKED_AT, reader=by)
    return Counterparts(
        [scored for scored in found.recommended if not is_own(scored.record, by)][:_SHOWN],
        [scored for scored in found.related if not is_own(scored.record, by)][:_SHOWN],
    )


def _found(session: Session, indexes: Indexes | None, kind: RecordKind, text: str, by: Actor) -> list[Entry]:
    """Nothing is found for nothing: an empty question would list everything."""
    if indexes is None:
        raise SearchNotAvailable("检索索引未能打开")
    if not text.strip():
        return []
    return search_records(session, indexes, kind, SearchRequest(text=text, limit=_LOOKED_AT, reader=by)).entries
