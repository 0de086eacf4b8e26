"""How good the matching is: what became of recommendations here, and how the coefficients did on judged pairs.

For anybody to read: counts only, and no shares of a few.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, or_, select

from matchmaker.matching.coefficients import CoefficientFile, FittedModel
from matchmaker.matching.decisions import AGREED, BY_HAND
from matchmaker.matching.scoring import band_of
from matchmaker.models.feedback import MatchFeedback, Relevance
from matchmaker.models.match import Band, DeclineReason, Match, MatchStatus

# Of fewer answers no share is told: one more would turn it over, and it would tell of single people.
LEAST_ANSWERS = 10


@dataclass(frozen=True)
class BandHere:
    """What became of the recommendations of one band: `answered` by a side or judged; the rest None for too few.

    `not_relevant` were declined as out of field or called 不相关; a pair that both sides accepted is not among them.
    """

    band: Band
    answered: int
    accepted: int | None
    accepted_share: float | None
    not_relevant: int | None

    @property
    def is_too_few(self) -> bool:
        return self.answered < LEAST_ANSWERS


@dataclass(frozen=True)
class BandJudged:
    """Judged pairs of one band, and the share of them that are good; None where there is none."""

    band: Band
    n: int
    precision: float | None


@dataclass(frozen=True)
class Judged:
    """How the coefficients did on pairs that took no part in their fit."""

    source: str
    command: str
    measured_at: str
    needs: int
    pairs: int
    auc: float | None
    bands: list[BandJudged]


@dataclass(frozen=True)
class MatchingQuality:
    """The figures of the page. `learned_at` is empty for the coefficients that came with the program."""

    matcher_version: str
    model: str
    fitted_on: str
    learned_at: str
    here: list[BandHere]
    has_demo: bool
    judged: Judged | None


def matching_quality(session: Session, in_force: CoefficientFile, embedder: str | None) -> MatchingQuality:
    """The figures for the coefficients in force with this embedder."""
    model = in_force.of(embedder)
    here, has_demo = _here(session)
    return MatchingQuality(
        matcher_version=in_force.version,
        model=model.embedder,
        fitted_on=model.fitted_on,
        learned_at=model.fitted_at,
        here=here,
        has_demo=has_demo,
        judged=_judged(model),
    )


def _here(session: Session) -> tuple[list[BandHere], bool]:
    """By band, what people answered; has demo data a part in it?"""
    accepted: dict[tuple[int, int], bool] = {}
    bands: dict[tuple[int, int], Band] = {}
    not_relevant: set[tuple[int, int]] = set()
    has_demo = False
    fields = (
        Match.need_id,
        Match.achievement_id,
        Match.band,
        Match.status,
        Match.need_accepted_at,
        Match.achievement_accepted_at,
        Match.decline_reason,
        Match.is_demo,
    )
    answered = or_(
        col(Match.need_accepted_at).is_not(None),
        col(Match.achievement_accepted_at).is_not(None),
        col(Match.status).in_((MatchStatus.DECLINED, *AGREED)),
    )
    wanted = select(*fields).where(answered, col(Match.matcher_version) != BY_HAND)  # type: ignore[call-overload]
    for row in session.exec(wanted):
        pair = row.need_id, row.achievement_id
        bands[pair] = row.band
        both = row.need_accepted_at is not None and row.achievement_accepted_at is not None
        accepted[pair] = both or row.status in AGREED
        if row.status is MatchStatus.DECLINED and row.decline_reason is DeclineReason.OUT_OF_FIELD:
            not_relevant.add(pair)
        has_demo = has_demo or row.is_demo
    called = select(MatchFeedback).where(col(MatchFeedback.verdict) == Relevance.NOT_RELEVANT)
    for feedback in session.exec(called):
        pair = feedback.need_id, feedback.achievement_id
        band = bands.get(pair) or (band_of(feedback.probability) if feedback.probability is not None else None)
        # What was only related was not recommended.
        if band is not None:
            bands[pair] = band
            not_relevant.add(pair)
    return _counted(bands, {pair for pair, is_accepted in accepted.items() if is_accepted}, not_relevant), has_demo


def _counted(
    bands: Mapping[tuple[int, int], Band], accepted: set[tuple[int, int]], not_relevant: set[tuple[int, int]]
) -> list[BandHere]:
    answered = Counter(bands.values())
    agreed = Counter(bands[pair] for pair in accepted)
    wrong = Counter(bands[pair] for pair in not_relevant - accepted)
    found = []
    for band in Band:
        n = answered[band]
        if n < LEAST_ANSWERS:
            found.append(BandHere(band, n, None, None, None))
        else:
            found.append(BandHere(band, n, agreed[band], round(agreed[band] / n, 3), wrong[band]))
    return found


def _judged(model: FittedModel) -> Judged | None:
    stored: Mapping[str, Any] = model.judged
    if not stored:
        return None
    bands: Mapping[str, Mapping[str, Any]] = stored.get("bands", {})
    return Judged(
        source=str(stored.get("source", "")),
        command=str(stored.get("command", "")),
        measured_at=str(stored.get("at", "")),
        needs=int(stored.get("needs", 0)),
        pairs=int(stored.get("pairs", 0)),
        auc=stored.get("auc"),
        bands=[
            BandJudged(band, int(bands.get(band.value, {}).get("n", 0)), bands.get(band.value, {}).get("precision"))
            for band in Band
        ],
    )
