"""How much of a record somebody reads: field by field, from the record's confidentiality and its own settings."""

from sqlmodel import Session

from matchmaker.models.achievement import (
    ACHIEVEMENT_DISCLOSABLE,
    ACHIEVEMENT_HIDDEN_IN_SUMMARY,
    Achievement,
    AchievementPublic,
)
from matchmaker.models.disclosure import Disclosure
from matchmaker.models.labels import Confidentiality
from matchmaker.models.need import NEED_DISCLOSABLE, NEED_HIDDEN_IN_SUMMARY, NeedPublic, TechnologyNeed
from matchmaker.models.parts import Elements
from matchmaker.rights import Actor
from matchmaker.visibility import SearchedRecord, is_listed, is_own, is_published, is_readable, takes_part


def disclosable(record: type[SearchedRecord]) -> dict[str, tuple[str, ...]]:
    """The names that may stand in `record.disclosure`, each with the fields it covers."""
    return NEED_DISCLOSABLE if record is TechnologyNeed else ACHIEVEMENT_DISCLOSABLE


def hidden_fields(record: SearchedRecord, reached: Disclosure = Disclosure.PUBLIC) -> set[str]:
    """Fields that a reader who has reached this circle must not see."""
    need = isinstance(record, TechnologyNeed)
    summary = NEED_HIDDEN_IN_SUMMARY if need else ACHIEVEMENT_HIDDEN_IN_SUMMARY
    asked = dict(record.disclosure)
    if record.confidentiality is Confidentiality.SUMMARY:
        for name in summary:
            asked[name] = max(asked.get(name, Disclosure.BROKERS), Disclosure.BROKERS, key=lambda one: one.depth)
    covered = disclosable(type(record))
    hidden = {field for name, level in asked.items() if level.depth > reached.depth for field in covered.get(name, ())}
    if isinstance(record, TechnologyNeed) and record.poster_hidden and reached is Disclosure.PUBLIC:
        hidden |= {"poster_name", "enterprise_id"}
    return hidden


def reached(session: Session, record: SearchedRecord, reader: Actor) -> Disclosure:
    """How far this reader is let in: own and overseen records wholly, others by certificate or by an accepted match."""
    if is_own(record, reader) or reader.oversees(record.region_code):
        return Disclosure.PARTIES
    if reader.is_known and takes_part(session, record, reader, accepted=True):
        return Disclosure.PARTIES
    return Disclosure.BROKERS if reader.reads_as_broker else Disclosure.PUBLIC


def reads_more(record: SearchedRecord, reached: Disclosure) -> bool:
    """Does this circle read what the public does not? A record that is not listed at all, or has not been published yet;
    of others a field that says something.
    """
    if not is_listed(record) or not (is_published(record) or record.published_at):
        return True
    opened = hidden_fields(record) - hidden_fields(record, reached)
    return any(says_something(record, name) for name in opened)


def says_something(record: SearchedRecord, name: str) -> bool:
    """Does anything stand in this field?"""
    value = getattr(record, name)
    return any(value.model_dump().values()) if isinstance(value, Elements) else bool(value)


def reads_contact(record: SearchedRecord, reader: Actor) -> bool:
    """Its owner and the officials who answer for it; the other side of a match learns contacts by `brokerage.py`."""
    return is_own(record, reader) or reader.oversees(record.region_code)


def shown_need(need: TechnologyNeed, reached: Disclosure = Disclosure.PUBLIC) -> NeedPublic:
    """The need as a reader of that circle sees it: no contact ever, hidden fields empty (`text_hidden` says so)."""
    shown = NeedPublic.model_validate(need, from_attributes=True)
    hidden = hidden_fields(need, reached)
    return shown.model_copy(update={**_blank(NeedPublic, hidden), **_told(hidden, NEED_HIDDEN_IN_SUMMARY)})


def shown_achievement(achievement: Achievement, reached: Disclosure = Disclosure.PUBLIC) -> AchievementPublic:
    """The achievement as a reader of that circle sees it: no contact, no team, hidden fields empty."""
    shown = AchievementPublic.model_validate(achievement, from_attributes=True)
    hidden = hidden_fields(achievement, reached)
    return shown.model_copy(
        update={**_blank(AchievementPublic, hidden), **_told(hidden, ACHIEVEMENT_HIDDEN_IN_SUMMARY)}
    )


def need_as_read(session: Session, need: TechnologyNeed, reader: Actor) -> NeedPublic:
    """The need as this reader sees it where she meets it as half of a match: closed to her, it has a number and no more."""
    if is_readable(session, need, reader):
        return shown_need(need, reached(session, need, reader))
    return NeedPublic.model_validate(_closed(need, "需求", NEED_HIDDEN_IN_SUMMARY))


def achievement_as_read(session: Session, achievement: Achievement, reader: Actor) -> AchievementPublic:
    """As `need_as_read`."""
    if is_readable(session, achievement, reader):
        return shown_achievement(achievement, reached(session, achievement, reader))
    return AchievementPublic.model_validate(_closed(achievement, "成果", ACHIEVEMENT_HIDDEN_IN_SUMMARY))


def _closed(record: SearchedRecord, noun: str, texts: tuple[str, ...]) -> dict[str, object]:
    """What whoever once took part still knows of a record: not what stands in it now."""
    kept = ("id", "version", "is_demo", "status", "confidentiality", "created_at", "updated_at")
    known = {name: getattr(record, name) for name in kept}
    return {**known, "title": f"未公开的{noun}（编号 {record.id}）", **_told(set(texts), texts)}


def _blank(shape: type[NeedPublic] | type[AchievementPublic], hidden: set[str]) -> dict[str, object]:
    return {name: shape.model_fields[name].get_default(call_default_factory=True) for name in hidden}


def _told(hidden: set[str], texts: tuple[str, ...]) -> dict[str, object]:
    return {"text_hidden": not hidden.isdisjoint(texts), "hidden_fields": sorted(hidden)}
