"""Need → achievements and achievement → needs: retrieve wide → load in rank order → compare → order. Nothing is stored."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from indexing import Filter, Hit, Index, IndexingError, NotTerms, Range, Rarity, SearchQuery, Terms
from matchmaker.errors import RecordNotMatchable, SearchNotAvailable
from matchmaker.index_documents import audiences, kind_of, number_of_date, organisations
from matchmaker.indexes import Indexes
from matchmaker.matching.background import pair_rarity_of, word_rarity_of
from matchmaker.matching.coefficients import pair_model
from matchmaker.matching.comparison import Comparison
from matchmaker.matching.profile import Profile, profiles_of, unsaved_profile
from matchmaker.matching.refusals import refused_counterparts
from matchmaker.matching.scoring import RELATED
from matchmaker.models.achievement import Achievement
from matchmaker.models.match import Band, Explanation, Match, Reason, Verdict
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.rights import ANYONE, PLATFORM, Actor
from matchmaker.searched import records_of
from matchmaker.validity import UNCONFIRMED_AFTER, is_unconfirmed
from matchmaker.visibility import SearchedRecord, is_in_lists_of, is_open, today

# As many candidates are loaded and compared as could reach the first page by what is compared beyond retrieval.
_SCORED = 60
# Requirements are judged of so many of the likeliest: whoever stands behind them cannot reach the first page.
_JUDGED = 30
# A need's title against its text, as queries: found on the development judgments, flat between 3 and 8.
_TITLE_WEIGHT = 5.0
# How much the place in the retrieval counts beside the pair itself, in log odds: two rankings of the same texts, of
# which the first has seen the whole catalogue. Flat between 1 and 3 on the development judgments.
_RETRIEVAL_WEIGHT = 2.0
# What nobody has confirmed for long sinks among its equals; whether it fits is another question.
_UNCONFIRMED_SINKS = 0.4
# As many as a page shows are kept of what nobody has asked for.
_RECOMMENDED = 10
# A few that may help are worth a look; more are noise.
MOST_RELATED = 5


@dataclass(frozen=True)
class ScoredMatch:
    """A counterpart with what was found out about the pair.

    `band` is None for what is only related (供参考). `match` is the row that is stored of the pair, None where nobody
    has kept or carried it yet.
    """

    need: TechnologyNeed
    achievement: Achievement
    record: SearchedRecord
    probability: float
    band: Band | None
    explanation: Explanation
    matcher_version: str
    match: Match | None = None

    @property
    def pair(self) -> tuple[int, int]:
        """The ids of need and achievement; 0 for a need that is not stored."""
        return self.need.id or 0, self.achievement.id or 0

    @property
    def violations(self) -> int:
        """How many hard requirements are broken."""
        return sum(one.is_hard and one.verdict is Verdict.UNMET for one in self.explanation.verdicts)

    def row(self) -> Match:
        """The match as it would be stored now. Only what is recommended is stored."""
        return Match.model_validate(
            {
                "need_id": self.need.id,
                "achievement_id": self.achievement.id,
                "need_version": self.need.version,
                "achievement_version": self.achievement.version,
                "score": self.probability,
                "band": self.band or Band.LOW,
                "explanation": self.explanation,
                "matcher_version": self.matcher_version,
            }
        )


@dataclass(frozen=True)
class Counterparts:
    """What the platform has for a record: what it recommends, and what may be related; both best first."""

    recommended: list[ScoredMatch]
    related: list[ScoredMatch]

    @property
    def records(self) -> list[SearchedRecord]:
        """The counterparts of both lists."""
        return [scored.record for scored in (*self.recommended, *self.related)]


@dataclass(frozen=True)
class _Candidate:
    """A counterpart in its place."""

    record: SearchedRecord
    hit: Hit
    comparison: Comparison
    order: float
    stale: bool


def counterparts(
    session: Session, indexes: Indexes, record: SearchedRecord, *, limit: int = 10, reader: Actor = ANYONE
) -> Counterparts:
    """What answers the record, with reasons; two empty lists are an honest “nothing”.

    A stored record must be open; one that is not stored (id 0) is compared as it would be once it is. Only records
    meant for the `reader`'s circle take part, and no pair that a side declined as out of its field. Nothing is written.
    Raises RecordNotMatchable, SearchNotAvailable.
    """
    if record.id and not is_open(record):
        noun = "这条需求" if isinstance(record, TechnologyNeed) else "这项成果"
        raise RecordNotMatchable(f"{noun}尚未发布或已过期", "发布或延长有效期后再匹配")
    try:
        asking = _profile(indexes, record)
        hits = _ranking(indexes, record, asking, limit=max(_SCORED, limit), reader=reader)
        candidates = _ordered(session, indexes, record, asking, hits, reader=reader)
        return _answer(session, indexes, record, candidates, limit)
    except IndexingError as error:
        raise SearchNotAvailable(f"暂时无法匹配：{error}") from error


def recommended_to_all(
    session: Session, indexes: Indexes, records: Sequence[SearchedRecord]
) -> Iterator[list[ScoredMatch]]:
    """What `counterparts` recommends to the public's circle for each of these open records of one kind, in their order.

    Looked for in one pass over all counterparts instead of one for each. Raises SearchNotAvailable.
    """
    if not records:
        return
    try:
        found = _rankings(session, indexes, records)
        for record, (asking, hits) in zip(records, found, strict=True):
            candidates = _ordered(session, indexes, record, asking, hits, reader=ANYONE)
            yield _answer(session, indexes, record, candidates, _RECOMMENDED).recommended
    except IndexingError as error:
        raise SearchNotAvailable(f"暂时无法匹配：{error}") from error


def match_need(
    session: Session, indexes: Indexes, need: TechnologyNeed, *, limit: int = 10, reader: Actor = ANYONE
) -> list[ScoredMatch]:
    """The achievements recommended for the need, best first; otherwise as `counterparts`."""
    return counterparts(session, indexes, need, limit=limit, reader=reader).recommended


def match_achievement(
    session: Session, indexes: Indexes, achievement: Achievement, *, limit: int = 10, reader: Actor = ANYONE
) -> list[ScoredMatch]:
    """The needs that the achievement is recommended for, best first; otherwise as `counterparts`."""
    return counterparts(session, indexes, achievement, limit=limit, reader=reader).recommended


def scored_pair(session: Session, indexes: Indexes, need: TechnologyNeed, achievement: Achievement) -> ScoredMatch:
    """One pair that somebody chose, whatever its probability. Raises SearchNotAvailable."""
    try:
        comparison = Comparison(*_both(indexes, need, achievement), pair_model(indexes))
        candidate = _Candidate(achievement, Hit("", 0.0, {}), comparison, 0.0, is_unconfirmed(achievement))
        return _scored(need, candidate, indexes.needs, _stored(session, need, [achievement.id or 0]))
    except IndexingError as error:
        raise SearchNotAvailable(f"暂时无法匹配：{error}") from error


def ordered_ids(session: Session, indexes: Indexes, record: SearchedRecord, *, limit: int) -> list[str]:
    """The counterparts' ids in the order the pages show them, `limit` deep and without a cut-off: for evaluation."""
    asking = _profile(indexes, record)
    hits = _ranking(indexes, record, asking, limit=limit, reader=PLATFORM)
    first = _ordered(session, indexes, record, asking, hits[:_SCORED], reader=PLATFORM)
    return [candidate.hit.id for candidate in first] + [hit.id for hit in hits[_SCORED:]]


def compared_pairs(indexes: Indexes, need: TechnologyNeed, achievements: Sequence[SearchedRecord]) -> list[Comparison]:
    """The need compared with each of these achievements, in their order: for evaluation and learning."""
    asking, model = _profile(indexes, need), pair_model(indexes)
    return [Comparison(asking, profile, model) for profile in profiles_of(indexes, list(achievements))]


def _profile(indexes: Indexes, record: SearchedRecord) -> Profile:
    if not record.id:
        return unsaved_profile(indexes, record)
    profile = profiles_of(indexes, [record])[0]
    # Not in the index yet: it is compared as it will be.
    return profile if profile.vector is not None else unsaved_profile(indexes, record)


def _both(indexes: Indexes, need: TechnologyNeed, achievement: Achievement) -> tuple[Profile, Profile]:
    return _profile(indexes, need), _profile(indexes, achievement)


def _answer(
    session: Session, indexes: Indexes, record: SearchedRecord, candidates: Sequence[_Candidate], limit: int
) -> Counterparts:
    """What of the candidates is shown, with reasons."""
    # Left out only now: that one pair was refused must not move the others.
    refused = refused_counterparts(session, record)
    kept = [candidate for candidate in candidates if candidate.record.id not in refused]
    shown = [one for one in kept if one.comparison.band][:limit]
    below = [one for one in kept if not one.comparison.band and _may_help(one.comparison)]
    below = below[: min(MOST_RELATED, limit)]
    stored = _stored(session, record, [one.record.id or 0 for one in shown + below])
    index = indexes.of(kind_of(record))
    return Counterparts(
        [_scored(record, candidate, index, stored) for candidate in shown],
        [_scored(record, candidate, index, stored) for candidate in below],
    )


def _ranking(indexes: Indexes, record: SearchedRecord, asking: Profile, *, limit: int, reader: Actor) -> list[Hit]:
    """The counterparts' ids by text alone, best first: the wide retrieval that comparing starts from."""
    query = _query(indexes, asking, _filters(record, reader), limit)
    return indexes.of(_counterpart(record)).search(query, rarity=_RARITY[asking.kind]).hits


def _rankings(session: Session, indexes: Indexes, records: Sequence[SearchedRecord]) -> list[tuple[Profile, list[Hit]]]:
    """`_ranking` of each record with its profile, by the fewest searches of many: one for each set of filters."""
    kind, other = kind_of(records[0]), indexes.of(_counterpart(records[0]))
    on_other_side = _on_other_side(session, records)
    profiles = [
        profile if profile.vector is not None else unsaved_profile(indexes, record)
        for record, profile in zip(records, profiles_of(indexes, records), strict=True)
    ]
    together: dict[tuple[Filter, ...], list[int]] = defaultdict(list)
    for number, record in enumerate(records):
        together[_filters(record, ANYONE, on_other_side)].append(number)
    hits: dict[int, list[Hit]] = {}
    for filters, numbers in together.items():
        queries = [_query(indexes, profiles[number], filters, _SCORED) for number in numbers]
        found = other.search_many(queries, rarity=_RARITY[kind])
        hits |= {number: result.hits for number, result in zip(numbers, found, strict=True)}
    return [(profile, hits[number]) for number, profile in enumerate(profiles)]


def _on_other_side(session: Session, records: Sequence[SearchedRecord]) -> set[str]:
    """Those of the records' enterprises that have counterparts of their own, to be left out."""
    other: type[Any] = Achievement if isinstance(records[0], TechnologyNeed) else TechnologyNeed
    own = {record.enterprise_id for record in records if record.enterprise_id}
    found = session.exec(select(other.enterprise_id).where(col(other.enterprise_id).in_(own)).distinct())
    return {f"enterprise:{enterprise}" for enterprise in found}


def _query(indexes: Indexes, asking: Profile, filters: tuple[Filter, ...], limit: int) -> SearchQuery:
    texts = {asking.document.texts["title"]: _TITLE_WEIGHT}
    for field in ("body", "details"):
        text = asking.document.texts[field]
        texts[text] = texts.get(text, 0.0) + 1.0
    meaning = None if asking.vector is None else indexes.of(asking.kind).centred(asking.vector)
    return SearchQuery(texts=texts, meaning=meaning, filters=filters, limit=limit, feedback=True)


_RARITY = {kind: Rarity(word_rarity_of(kind), pair_rarity_of(kind)) for kind in RecordKind}


def _counterpart(record: SearchedRecord) -> RecordKind:
    return RecordKind.ACHIEVEMENTS if isinstance(record, TechnologyNeed) else RecordKind.NEEDS


def _filters(record: SearchedRecord, reader: Actor, on_other_side: Collection[str] | None = None) -> tuple[Filter, ...]:
    """What must hold whatever the texts say: valid, listed for this reader, not one's own, not sold exclusively.

    `on_other_side`: the organisations that have counterparts at all, where that is known.
    """
    filters: list[Filter] = [Range("valid_until", low=number_of_date(today()))]
    filters.append(Terms("audience", audiences(reader)))
    own = organisations(record)
    if on_other_side is not None:
        own = tuple(name for name in own if name in on_other_side)
    if own:
        filters.append(NotTerms("organisation", own))
    if isinstance(record, TechnologyNeed):
        filters.append(NotTerms("availability", ("exclusive",)))
    return tuple(filters)


def _ordered(
    session: Session,
    indexes: Indexes,
    record: SearchedRecord,
    asking: Profile,
    hits: Sequence[Hit],
    *,
    reader: Actor,
) -> list[_Candidate]:
    """The candidates as they are shown: none that breaks a hard requirement before one that breaks none."""
    loaded = _loaded(session, record, hits, reader=reader)
    profiles = profiles_of(indexes, [found for found, _ in loaded])
    candidates, model = [], pair_model(indexes)
    for (found, hit), profile in zip(loaded, profiles, strict=True):
        sides = (asking, profile) if isinstance(record, TechnologyNeed) else (profile, asking)
        comparison = Comparison(*sides, model)
        stale = is_unconfirmed(found)
        order = comparison.text_log_odds + _RETRIEVAL_WEIGHT * hit.score - _UNCONFIRMED_SINKS * stale
        candidates.append(_Candidate(found, hit, comparison, order, stale))
    candidates.sort(key=lambda candidate: (-candidate.order, candidate.hit.id))
    return sorted(candidates[:_JUDGED], key=_place) + candidates[_JUDGED:]


def _place(candidate: _Candidate) -> tuple[bool, float, str]:
    comparison = candidate.comparison
    return comparison.violations > 0, -(candidate.order + comparison.form_log_odds), candidate.hit.id


def _may_help(comparison: Comparison) -> bool:
    return comparison.probability >= RELATED and comparison.shares_something


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


def _stored(session: Session, record: SearchedRecord, counterparts: Sequence[int]) -> dict[int, Match]:
    """The rows that are kept of these pairs, by the counterpart's id."""
    own, other = Match.need_id, Match.achievement_id
    if not isinstance(record, TechnologyNeed):
        own, other = other, own
    if not record.id:
        return {}
    rows = session.exec(select(Match).where(col(own) == record.id, col(other).in_(counterparts)))
    return {row.achievement_id if isinstance(record, TechnologyNeed) else row.need_id: row for row in rows}


def _scored(record: SearchedRecord, candidate: _Candidate, index: Index, stored: dict[int, Match]) -> ScoredMatch:
    need, achievement = _sides(record, candidate.record)
    notes = [_freshness()] if candidate.stale else []
    return ScoredMatch(
        need=need,
        achievement=achievement,
        record=candidate.record,
        probability=candidate.comparison.probability,
        band=candidate.comparison.band,
        explanation=candidate.comparison.explanation(index, candidate.hit.ranks, notes),
        matcher_version=candidate.comparison.model.version,
        match=stored.get(candidate.record.id or 0),
    )


def _freshness() -> Reason:
    return Reason(
        code="freshness",
        label="时效",
        verdict=Verdict.PARTLY,
        score=-1.0,
        weight=_UNCONFIRMED_SINKS,
        sentence=f"超过 {UNCONFIRMED_AFTER.days} 天未确认有效",
    )


def _sides(record: SearchedRecord, found: SearchedRecord) -> tuple[TechnologyNeed, Achievement]:
    if isinstance(record, TechnologyNeed) and isinstance(found, Achievement):
        return record, found
    if isinstance(found, TechnologyNeed) and isinstance(record, Achievement):
        return found, record
    raise TypeError("a match joins a need and an achievement")
