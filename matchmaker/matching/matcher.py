"""Need → achievements and achievement → needs: retrieve wide → load in rank order → score → keep the best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from indexing import Filter, Hit, Index, IndexingError, NotTerms, Range, SearchQuery, Terms
from matchmaker.database import session_scope
from matchmaker.disclosure import hidden_fields, shown_achievement, shown_need
from matchmaker.errors import RecordNotMatchable, SearchNotAvailable
from matchmaker.index_documents import (
    audiences,
    index_document,
    kind_of,
    number_of_date,
    organisations,
)
from matchmaker.indexes import Indexes
from matchmaker.matching.explanation import Wording, coverage, shared_words, wording
from matchmaker.matching.refusals import refused_counterparts
from matchmaker.matching.scoring import MATCHER_VERSION, POLICY, band_of, evidence
from matchmaker.models.achievement import Achievement, AchievementFields
from matchmaker.models.base import now
from matchmaker.models.match import Band, Explanation, Match, Reason, Verdict
from matchmaker.models.need import NeedFields, TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.rights import ANYONE, PLATFORM, Actor
from matchmaker.searched import records_of
from matchmaker.validity import UNCONFIRMED_AFTER, is_unconfirmed
from matchmaker.visibility import SearchedRecord, is_in_lists_of, is_open, today

# As many candidates are loaded and scored as could reach the first page by their form fields alone.
_SCORED = 60
# A need's title against its text, as queries: found on the development judgments, flat between 3 and 8.
_TITLE_WEIGHT = 5.0
_BEST = 5


@dataclass(frozen=True)
class ScoredMatch:
    """A proposed match: the stored row, the counterpart, and the explanation."""

    match: Match
    record: SearchedRecord
    explanation: Explanation


@dataclass(frozen=True)
class _Candidate:
    """A counterpart in its final place. Its words are looked up only where they are shown or counted."""

    record: SearchedRecord
    hit: Hit
    reasons: list[Reason]
    order: float
    index: Index
    asked: Mapping[str, float]

    @cached_property
    def words(self) -> Wording:
        return wording(self.record, self.index)

    @property
    def covered(self) -> float:
        """The share of the asking title's words that the counterpart has."""
        return coverage(self.asked, self.words.words)


def match_need(
    session: Session, indexes: Indexes, need: TechnologyNeed, *, limit: int = 10, reader: Actor = ANYONE
) -> list[ScoredMatch]:
    """The achievements that answer the need best, with reasons; the empty list is an honest “no adequate match”.

    Only records meant for the `reader`'s circle take part, and no pair that a side declined as out of its field. The
    matches are stored with their explanation and `MATCHER_VERSION`. Raises RecordNotMatchable, SearchNotAvailable.
    """
    if not is_open(need):
        raise RecordNotMatchable("这条需求尚未发布或已过期", "发布或延长有效期后再匹配")
    return _matches(session, indexes, need, limit, reader)


def match_achievement(
    session: Session, indexes: Indexes, achievement: Achievement, *, limit: int = 10, reader: Actor = ANYONE
) -> list[ScoredMatch]:
    """The needs that the achievement answers best; otherwise as `match_need`."""
    if not is_open(achievement):
        raise RecordNotMatchable("这项成果尚未发布或已过期", "发布或延长有效期后再匹配")
    return _matches(session, indexes, achievement, limit, reader)


def ranking(indexes: Indexes, record: SearchedRecord, *, limit: int, reader: Actor = ANYONE) -> list[Hit]:
    """The counterparts' ids by text alone, best first: the wide retrieval that scoring starts from.

    Raises SearchNotAvailable.
    """
    own, other = indexes.of(kind_of(record)), indexes.of(_counterpart(record))
    document = index_document(record)
    try:
        # A stored vector saves running the model; a record whose meaning is still being computed is typed in.
        meaning = own.vector_of(document.id)
        texts = {document.texts["title"]: _TITLE_WEIGHT}
        for field in ("body", "details"):
            texts[document.texts[field]] = texts.get(document.texts[field], 0.0) + 1.0
        query = SearchQuery(
            texts=texts,
            meaning=document.texts["title"] if meaning is None else meaning,
            filters=_filters(record, reader),
            limit=limit,
            feedback=True,
        )
        return other.search(query, asked_in=own).hits
    except IndexingError as error:
        raise SearchNotAvailable(f"暂时无法匹配：{error}") from error


def _counterpart(record: SearchedRecord) -> RecordKind:
    return RecordKind.ACHIEVEMENTS if isinstance(record, TechnologyNeed) else RecordKind.NEEDS


def _filters(record: SearchedRecord, reader: Actor) -> tuple[Filter, ...]:
    """What must hold whatever the texts say: valid, listed for this reader, not one's own, not sold exclusively."""
    filters: list[Filter] = [Range("valid_until", low=number_of_date(today()))]
    filters.append(Terms("audience", audiences(reader)))
    if own := organisations(record):
        filters.append(NotTerms("organisation", own))
    if isinstance(record, TechnologyNeed):
        filters.append(NotTerms("availability", ("exclusive",)))
    return tuple(filters)


def ordered_ids(session: Session, indexes: Indexes, record: SearchedRecord, *, limit: int) -> list[str]:
    """The counterparts' ids in the order the pages show them, `limit` deep and without a cut-off: for evaluation."""
    hits = ranking(indexes, record, limit=limit, reader=PLATFORM)
    scored = [one.hit.id for one in _scored(session, indexes, record, hits[:_SCORED], reader=PLATFORM).candidates]
    return scored + [hit.id for hit in hits[_SCORED:]]


@dataclass(frozen=True)
class _Scored:
    """Candidates in their final order, and what of the asking record was compared."""

    candidates: list[_Candidate]
    asking: Wording
    rarity: dict[str, float]
    scale: float


def _scored(
    session: Session, indexes: Indexes, record: SearchedRecord, hits: Sequence[Hit], *, reader: Actor
) -> _Scored:
    own, other = indexes.of(kind_of(record)), indexes.of(_counterpart(record))
    asking = wording(record, own)
    rarity = _rarity(own, other, asking)
    # The words of the title must be met at least: a long text cannot be covered by a short one.
    asked = {word: rarity.get(word, 0.0) for word, _, _ in own.tokens(record.title) if len(word) > 1}
    candidates = []
    for found, hit in _loaded(session, record, hits, reader=reader):
        reasons = compared(record, found)
        order = hit.score * (1 + sum(one.weight * one.score for one in reasons if one.score is not None))
        candidates.append(_Candidate(found, hit, reasons, order, other, asked))
    # Relative scores become absolute ones by the evidence that the best of them have: the order stays.
    best = candidates[:_BEST]
    scale = sum(evidence(one.covered, one.hit.cosine) for one in best) / len(best) if best else 0.0
    candidates.sort(key=lambda one: (-one.order, one.hit.id))
    return _Scored(candidates, asking, rarity, scale)


def _matches(
    session: Session, indexes: Indexes, record: SearchedRecord, limit: int, reader: Actor
) -> list[ScoredMatch]:
    hits = ranking(indexes, record, limit=max(_SCORED, limit), reader=reader)
    try:
        scored = _scored(session, indexes, record, hits, reader=reader)
    except IndexingError as error:
        raise SearchNotAvailable(f"暂时无法匹配：{error}") from error
    # Left out only now: that one pair was refused must not move the scores of the others.
    refused = refused_counterparts(session, record)
    kept = [one for one in scored.candidates if one.record.id not in refused]
    found: list[tuple[SearchedRecord, Match]] = []
    for one in kept[:limit]:
        score = min(1.0, one.order * scored.scale)
        if band := band_of(score):
            explanation = _explanation(record, one, scored.asking, scored.rarity)
            found.append((one.record, _row(record, one, score, band, explanation)))
    rows = _stored(session, [row for _, row in found])
    return [
        ScoredMatch(stored, counterpart, fresh.explanation)
        for stored, (counterpart, fresh) in zip(rows, found, strict=True)
    ]


def _rarity(own: Index, other: Index, asking: Wording) -> dict[str, float]:
    """How telling a word is on both sides: common in either collection, it says little."""
    fields = other.schema.text_fields
    here, there = own.rarity(asking.words, fields), other.rarity(asking.words, fields)
    return {word: (here[word] * there[word]) ** 0.5 for word in asking.words}


def _loaded(
    session: Session, record: SearchedRecord, hits: Sequence[Hit], *, reader: Actor
) -> list[tuple[SearchedRecord, Hit]]:
    """The records of the hits, in the order of the hits; those gone or hidden in the meantime are left out."""
    found = {
        str(one.id): one
        for one in records_of(session, _counterpart(record), [int(hit.id) for hit in hits])
        if is_in_lists_of(one, reader)
    }
    return [(found[hit.id], hit) for hit in hits if hit.id in found]


def _sides(record: SearchedRecord, found: SearchedRecord) -> tuple[TechnologyNeed, Achievement]:
    if isinstance(record, TechnologyNeed) and isinstance(found, Achievement):
        return record, found
    if isinstance(found, TechnologyNeed) and isinstance(record, Achievement):
        return found, record
    raise TypeError("a match joins a need and an achievement")


def _shown(need: TechnologyNeed, achievement: Achievement) -> tuple[NeedFields, AchievementFields]:
    """Both sides without what is not public: a reason quotes the values it compares, whoever reads it."""
    return (
        shown_need(need) if hidden_fields(need) else need,
        shown_achievement(achievement) if hidden_fields(achievement) else achievement,
    )


def compared(record: SearchedRecord, found: SearchedRecord) -> list[Reason]:
    """What the fields of the two forms say about each other; of hidden fields nothing."""
    need, achievement = _shown(*_sides(record, found))
    reasons = []
    for weighted in POLICY:
        finding = weighted.feature(need, achievement)
        reasons.append(
            Reason(
                code=weighted.code,
                label=weighted.label,
                verdict=finding.verdict,
                score=finding.score,
                weight=weighted.weight,
                need_value=finding.need_value,
                achievement_value=finding.achievement_value,
                sentence=finding.sentence,
            )
        )
    return [*reasons, _freshness_reason()] if is_unconfirmed(found) else reasons


def _freshness_reason() -> Reason:
    """What nobody has confirmed for long sinks by a tenth; of what is fresh there is nothing to say."""
    return Reason(
        code="freshness",
        label="时效",
        verdict=Verdict.PARTLY,
        score=-1.0,
        weight=0.10,
        sentence=f"超过 {UNCONFIRMED_AFTER.days} 天未确认有效",
    )


def _explanation(
    record: SearchedRecord, candidate: _Candidate, asking: Wording, rarity: dict[str, float]
) -> Explanation:
    mirrored = not isinstance(record, TechnologyNeed)
    sides = (candidate.words, asking) if mirrored else (asking, candidate.words)
    words = shared_words(*sides, rarity)
    return Explanation(
        reasons=[_words_reason(candidate, words), _meaning_reason(candidate.hit), *candidate.reasons],
        words=words,
        cosine=None if candidate.hit.cosine is None else round(candidate.hit.cosine, 4),
        ranks=dict(candidate.hit.ranks),
    )


def _words_reason(candidate: _Candidate, words: Sequence[object]) -> Reason:
    share = candidate.covered
    verdict = Verdict.MET if share >= 0.5 else Verdict.PARTLY if words else Verdict.UNMET
    listed = "、".join(getattr(one, "word", "") for one in words[:6])
    sentence = f"共同出现：{listed}（覆盖标题关键词 {share:.0%}）" if words else "两段文字没有共同的关键词"
    return Reason(code="words", label="关键词", verdict=verdict, score=round(share, 4), weight=0.0, sentence=sentence)


def _meaning_reason(hit: Hit) -> Reason:
    if hit.cosine is None:
        return Reason(
            code="meaning",
            label="语义",
            verdict=Verdict.UNKNOWN,
            score=None,
            weight=0.0,
            sentence="语义尚未计算，或不在语义检索的前列",
        )
    verdict = Verdict.MET if hit.cosine >= 0.45 else Verdict.PARTLY if hit.cosine >= 0.25 else Verdict.UNMET
    sentence = f"语义相似度 {hit.cosine:.2f}，在语义检索中排第 {hit.ranks['meaning']} 位"
    return Reason(
        code="meaning", label="语义", verdict=verdict, score=round(hit.cosine, 4), weight=0.0, sentence=sentence
    )


def _row(record: SearchedRecord, candidate: _Candidate, score: float, band: Band, explanation: Explanation) -> Match:
    need, achievement = _sides(record, candidate.record)
    return Match.model_validate(
        {
            "need_id": need.id,
            "achievement_id": achievement.id,
            "need_version": need.version,
            "achievement_version": achievement.version,
            "score": round(score, 4),
            "band": band,
            "explanation": explanation,
            "matcher_version": MATCHER_VERSION,
        }
    )


def _stored(session: Session, rows: Sequence[Match]) -> list[Match]:
    """The rows as stored: those that say the same as the one that is there are left alone."""
    if not rows:
        return []
    kept: dict[tuple[int, int], Match] = {}
    with session_scope(session.get_bind()) as own:  # type: ignore[arg-type]
        # In one order for everybody: two that each wait for the other's row would never end.
        for row in sorted(rows, key=_pair):
            found = _known(own, row) or _added(own, row)
            # Once somebody carries a match, the reasons it was taken up for stay on record.
            if found is not row and not found.is_carried and _differs(found, row):
                for name in ("need_version", "achievement_version", "score", "band", "explanation", "matcher_version"):
                    setattr(found, name, getattr(row, name))
                found.updated_at = now()
            kept[_pair(row)] = found
    return [kept[_pair(row)] for row in rows]


def _known(session: Session, row: Match) -> Match | None:
    pair = (Match.need_id == row.need_id, Match.achievement_id == row.achievement_id)
    return session.exec(select(Match).where(*pair)).first()


def _added(session: Session, row: Match) -> Match:
    """The row, or the one that somebody who asked in the same moment has added."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        if (found := _known(session, row)) is None:
            raise
        return found
    return row


def _pair(row: Match) -> tuple[int, int]:
    return row.need_id, row.achievement_id


def _differs(found: Match, row: Match) -> bool:
    before, after = found.explanation.model_dump(), row.explanation.model_dump()
    return (found.score, found.band, found.matcher_version, before) != (row.score, row.band, row.matcher_version, after)
