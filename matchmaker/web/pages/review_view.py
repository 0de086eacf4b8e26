"""How the review pages show a record, its contacts and a change of it: labels and values as people read them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ValidationError

from matchmaker.classification import Vocabulary, classification
from matchmaker.disclosure import disclosable
from matchmaker.index_documents import kind_of
from matchmaker.models.achievement import AchievementUpdate
from matchmaker.models.base import now
from matchmaker.models.disclosure import Disclosure
from matchmaker.models.labels import MATURITY_LABELS, Labelled
from matchmaker.models.need import NeedUpdate, TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.models.parts import ELEMENT_LABELS, AchievedIndicator, Elements, Indicator, IntellectualProperty
from matchmaker.models.posting import Revision
from matchmaker.money import in_wan
from matchmaker.posting.coach import coach
from matchmaker.posting.fields import FORMS
from matchmaker.review_queue import Waiting
from matchmaker.validity import is_unconfirmed
from matchmaker.visibility import SearchedRecord
from matchmaker.web.pages.view import Fact, day, owner, place, public

# Of a form's labels those of fields under another name, and of fields that the form leaves out.
_OTHER_LABELS = {
    "poster_type": "需求方",
    "poster_name": "发布单位",
    "owner_name": "完成单位",
    "posting_channel": "来源",
}
_CONTACT_FIELDS = ("contact_name", "contact_phone", "contact_email")


@dataclass(frozen=True)
class QueueRow:
    """One entry of the queue. `version` is the record's, so that a tick publishes only what was seen."""

    item_id: int
    path: str
    title: str
    owner: str
    place: str
    since: str
    days: int
    score: int
    version: int
    is_demo: bool


@dataclass(frozen=True)
class ChangedField:
    """One field of a change: what the record says now and what it would say."""

    label: str
    before: str
    after: str


def queue_row(entry: Waiting) -> QueueRow:
    """The entry as the queue shows it, to officials only: nothing is left out for confidentiality."""
    shown = public(entry.record, Disclosure.PARTIES)
    return QueueRow(
        item_id=entry.item_id,
        path=f"/review/{entry.kind}/{entry.item_id}",
        title=shown.title,
        owner=owner(shown),
        place=place(shown.region_code),
        since=day(entry.since),
        days=(now() - entry.since).days,
        score=coach(entry.record).score,
        version=shown.version,
        is_demo=shown.is_demo,
    )


def contact_facts(record: SearchedRecord) -> list[Fact]:
    """The contacts, for those who may read them; that this happened is logged by the page."""
    names = _CONTACT_FIELDS if isinstance(record, TechnologyNeed) else ("team", *_CONTACT_FIELDS)
    found = [Fact(label_of(kind_of(record), name), spoken(name, getattr(record, name))) for name in names]
    return [fact for fact in found if fact.value]


def state_facts(record: SearchedRecord) -> list[Fact]:
    """Where the record stands: status, times, who may read it, what was said about it."""
    unconfirmed = "（待确认）" if record.status == "published" and is_unconfirmed(record) else ""
    found = [
        Fact("状态", record.status.label, strong=True),
        Fact("公开程度", record.confidentiality.label),
        Fact("分项公开范围", spoken("disclosure", record.disclosure)),
        Fact("填报日期", day(record.created_at)),
        Fact("有效期至", day(record.valid_until)),
        Fact("最近确认", day(record.last_confirmed_at) + unconfirmed),
        Fact("重复于", f"编号 {record.duplicate_of_id}" if record.duplicate_of_id else ""),
        Fact("审核意见", record.review_note),
    ]
    return [fact for fact in found if fact.value]


def changed_fields(record: SearchedRecord, revision: Revision) -> list[ChangedField]:
    """The change field by field, in the order of the form; fields that already say the same are left out."""
    kind = kind_of(record)
    shape = NeedUpdate if kind is RecordKind.NEEDS else AchievementUpdate
    values: dict[str, Any] = revision.values
    try:
        read = shape.model_validate({**revision.values, "version": 1})
        values = {name: getattr(read, name) for name in revision.values}
    except ValidationError:
        # It no longer holds (a code was dropped from its list): shown as it was sent, and approving says what is wrong.
        pass
    order = list(type(record).model_fields)
    names = sorted(values, key=lambda name: order.index(name) if name in order else len(order))
    found = [
        ChangedField(label_of(kind, name), spoken(name, getattr(record, name, None)), spoken(name, values[name]))
        for name in names
    ]
    return [one for one in found if one.before != one.after]


def label_of(kind: RecordKind, name: str) -> str:
    """What the field is called on the form."""
    labels = FORMS[kind].labels
    return _OTHER_LABELS.get(name) or labels.get(name) or labels.get(FORMS[kind].on_form(name)) or name


def spoken(name: str, value: Any) -> str:
    """A field's value as a person reads it."""
    if value is None or value in ("", []) or value == {}:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if name == "disclosure" and isinstance(value, dict):
        return _disclosure(value)
    if (codes := _vocabulary(name)) and isinstance(value, str):
        return codes.label(value)
    if name.endswith("_fen") and isinstance(value, int):
        return in_wan(value)
    if name in ("maturity_min", "maturity_level") and value in MATURITY_LABELS:
        return f"TRL {value} {MATURITY_LABELS[value]}"
    if isinstance(value, list):
        return "；".join(spoken(name, one) for one in value)
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, Labelled):
        return value.label
    if isinstance(value, Indicator | AchievedIndicator):
        return value.sentence()
    if isinstance(value, Elements):
        stated = value.model_dump().items()
        return "；".join(f"{ELEMENT_LABELS[name]}：{text}" for name, text in stated if text)
    if isinstance(value, IntellectualProperty):
        status = value.status.label if value.status else ""
        return " ".join(filter(None, (value.type.label, value.number, status, value.holder, value.share)))
    if isinstance(value, date | datetime):
        return day(value)
    return value.model_dump_json(exclude_defaults=True) if isinstance(value, BaseModel) else str(value)


def _vocabulary(name: str) -> Vocabulary | None:
    lists = classification()
    return {
        "technology_field": lists.technology_fields,
        "hitech_field": lists.hitech_fields,
        "emerging_industry": lists.emerging_industries,
        "city_industry": lists.city.industries,
        "industry_code": lists.industries,
        "industry_codes": lists.industries,
        "region_code": lists.regions,
    }.get(name)


def _disclosure(levels: dict[str, Any]) -> str:
    asked = {name: Disclosure.parse(str(level)) for name, level in levels.items()}
    return "；".join(
        f"{label_of(_kind_with(name), name)}：{level.label}" for name, level in asked.items() if level.depth
    )


def _kind_with(name: str) -> RecordKind:
    return RecordKind.NEEDS if name in disclosable(TechnologyNeed) else RecordKind.ACHIEVEMENTS
