"""Where nothing is recommended: what the reader of the record can do next. Only ways that lead somewhere are offered."""

from dataclasses import dataclass
from urllib.parse import urlencode

from sqlmodel import Session

from matchmaker.broker_directory import DirectoryQuery, directory
from matchmaker.classification import classification
from matchmaker.models.achievement import Achievement, AchievementPublic
from matchmaker.models.need import NeedPublic, TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.posting.coach import coach
from matchmaker.web.pages.view import KINDS, record_kind

# The most useful things to add; the whole list stands on the form.
_MOST_MISSING = 3
# A saved search's name may be so long.
_LONGEST_NAME = 60


@dataclass(frozen=True)
class WaysOn:
    """The next steps: brokers of the field (how many, and their list), what to add (`edit`, for the owner only), the
    search nearest to the record, and a subscription to it.
    """

    kind: RecordKind
    brokers: int
    broker_link: str
    field: str
    edit: str
    missing: list[str]
    search_link: str
    field_link: str
    name: str


def ways_on(
    session: Session, record: TechnologyNeed | Achievement, shown: NeedPublic | AchievementPublic, *, may_change: bool
) -> WaysOn:
    """What can be done about this record. `shown` is it as the reader sees it; `may_change`: it is hers to revise."""
    kind = KINDS[record_kind(record)]
    other = RecordKind.ACHIEVEMENTS if kind.kind is RecordKind.NEEDS else RecordKind.NEEDS
    code = shown.technology_field or ""
    field = classification().technology_fields.label(code) if code else ""
    brokers = directory(session, DirectoryQuery(technology_field=code, limit=1)).total if field else 0
    broker_link = f"/brokers?{urlencode({'field': code})}"
    if not brokers:
        brokers, broker_link = directory(session, DirectoryQuery(limit=1)).total, "/brokers"
    missing = [one.missing for one in coach(record).findings[:_MOST_MISSING]] if may_change else []
    return WaysOn(
        kind=other,
        brokers=brokers,
        broker_link=broker_link,
        field=field,
        edit=f"/my{kind.path}/{record.id}/edit" if missing else "",
        missing=missing,
        search_link=f"{kind.counterpart_path}?{urlencode({'q': shown.title})}",
        field_link=f"{kind.counterpart_path}?{urlencode({'technology_field': code})}" if field else "",
        name=shown.title[:_LONGEST_NAME],
    )
