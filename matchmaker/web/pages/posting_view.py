"""What the pages of posting show: options, rows, errors and previews of a form."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from sqlmodel import Session

from matchmaker.campaigns import running_campaigns
from matchmaker.classification import Vocabulary, classification
from matchmaker.index_documents import ACHIEVEMENT_TEXT_FIELDS, NEED_TEXT_FIELDS
from matchmaker.models import labels
from matchmaker.models.disclosure import Disclosure
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.models.parts import ELEMENT_LABELS
from matchmaker.models.posting import Draft, RevisionStatus
from matchmaker.posting.checked import Checked, checked
from matchmaker.posting.coach import coach
from matchmaker.posting.drafts import state_of
from matchmaker.posting.fields import AMOUNT_CONFIRMED, FORMS, Rows
from matchmaker.posting.own import OwnRecord
from matchmaker.posting.posters import has_organisation, known_name, posts_for_others
from matchmaker.posting.typed import Typed, typed_rows
from matchmaker.rights import Actor, Right
from matchmaker.validity import may_be_confirmed
from matchmaker.visibility import SearchedRecord, is_published
from matchmaker.web.forms import FormErrors
from matchmaker.web.pages.sections import Marks, sections
from matchmaker.web.pages.view import KINDS, day, facts, maturity, owner, place, public, row
from matchmaker.web.reasons import reason

Pairs = list[tuple[str, str]]

# Blank rows below those that are filled in: without JavaScript more come with every save.
BLANK_ROWS = 2
# The fields above “更多内容” on both forms: what is wrong there needs nothing unfolded.
ALWAYS_SHOWN = frozenset(
    {
        *("", "enterprise", "owner", "owner_type", "poster_type", "poster_name"),
        *("title", "need_type", "problem", "goal", "budget_min", "budget_max", "deadline", "campaign"),
        *("summary", "indicators", "economic_comparison", "maturity_level", "stage", "maturity_evidence"),
        *("intellectual_property", "price_mode", "price", "contact_name", "contact_phone", "contact_email"),
    }
)
# On the form, by the name it is asked under.
DISCLOSED = {"budget": "预算", "deadline": "期望完成日期", "price": "价格"}

# How the other readers see a record: the three tabs of a preview.
CIRCLES = {
    Disclosure.PUBLIC: "公众",
    Disclosure.BROKERS: "认证经纪人",
    Disclosure.PARTIES: "对接双方",
}


@dataclass(frozen=True)
class OwnRow:
    """One's own record in the list: nothing of it but what its line shows."""

    id: int
    title: str
    path: str
    status: str
    is_published: bool
    may_confirm: bool
    note: str
    valid_until: str
    day: str
    matches: int
    score: int
    edit_label: str
    may_edit: bool
    may_withdraw: bool
    revision_id: int | None
    revision_status: str
    revision_note: str
    revision_waits: bool
    is_demo: bool


@dataclass(frozen=True)
class FormPage:
    """One form as it is to be shown."""

    kind: RecordKind
    typed: Typed
    draft: Draft | None = None
    errors: FormErrors | None = None


def form_context(session: Session, page: FormPage, by: Actor) -> dict[str, Any]:
    """Everything the form's template needs."""
    form = FORMS[page.kind]
    found = checked(page.kind, page.typed)
    errors = page.errors or FormErrors()
    poster = known_name(session, page.typed, by=by)
    region = str(page.typed.get("region_code") or "") or poster.region_code or by.region_code
    running = [one.name for one in running_campaigns(session, region)]
    return {
        "kind": KINDS[page.kind],
        "form": form,
        "labels": form.labels,
        "values": page.typed,
        "errors": errors,
        "draft": page.draft,
        "action": f"/drafts/{page.draft.id}" if page.draft else f"/post/{page.kind}",
        "page": token_hex(8),
        "seen": state_of(page.draft) if page.draft else "",
        "options": options(page.kind, [*running, str(page.typed.get("campaign", ""))]),
        "rows": {rows.field: _rows(rows, page.typed) for rows in form.rows},
        "elements": ELEMENT_LABELS,
        "disclosable": _disclosable(page.kind),
        "circles": _pairs(Disclosure),
        "poster": poster,
        "names_poster": posts_for_others(page.kind, by) and not has_organisation(by),
        "asks_amount": bool(page.typed.get(AMOUNT_CONFIRMED)) or any(name in errors.by_field for name in form.money),
        "coaching": coach(found.holds),
        "more_open": bool(errors.by_field.keys() - ALWAYS_SHOWN) or bool(page.draft and page.draft.record_id),
    }


def errors_of(found: Checked) -> FormErrors:
    """What is in the way of submitting, at the fields where it is typed."""
    errors = FormErrors()
    for name, sentence in found.problems.items():
        errors.add(name, sentence)
    for one in found.findings:
        location = [str(part) for part in one["loc"]]
        row = f"第 {int(location[1]) + 1} 项：" if len(location) > 1 and location[1].isdigit() else ""
        errors.add(FORMS[found.kind].on_form(location[0]) if location else "", f"{row}{reason(one)}")
    return errors


def pairs_of(form: Any) -> Pairs:
    """The submitted fields that are texts, repeated ones included."""
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]


def options(kind: RecordKind, campaigns: list[str]) -> Mapping[str, list[tuple[str, str]]]:
    """The values of every choice on the form; of campaigns those that run and the one that was chosen before."""
    lists = classification()
    found = {
        "technology_field": _entries(lists.technology_fields),
        "hitech_field": _entries(lists.hitech_fields),
        "emerging_industry": _entries(lists.emerging_industries),
        "city_industry": _entries(lists.city.industries),
        "region_code": _entries(lists.city.districts),
        "park": [(name, name) for name in lists.city.parks],
        "cooperation_modes": _pairs(labels.CooperationMode),
        "confidentiality": _pairs(labels.Confidentiality),
        "levels": [(str(level), maturity(level)) for level in labels.MATURITY_LABELS],
    }
    if kind is RecordKind.NEEDS:
        return found | {
            "need_type": _pairs(labels.NeedType),
            "urgency": _pairs(labels.Urgency),
            "poster_type": _pairs(labels.PosterType),
            "operator": _pairs(labels.Operator),
            "campaign": [(name, name) for name in dict.fromkeys(filter(None, campaigns))],
        }
    return found | {
        "stage": _pairs(labels.Stage),
        "price_mode": _pairs(labels.PriceMode),
        "owner_type": [("institution", "高校院所"), ("enterprise", "企业")],
        "right_type": _pairs(labels.IntellectualPropertyType),
        "right_status": _pairs(labels.IntellectualPropertyStatus),
    }


def preview_context(record: SearchedRecord, seen_by: Disclosure) -> dict[str, Any]:
    """The record as a reader of that circle sees it, by the same parts as its own page."""
    shown = public(record, seen_by)
    kind = KINDS[RecordKind.NEEDS if isinstance(record, TechnologyNeed) else RecordKind.ACHIEVEMENTS]
    return {
        "kind": kind,
        "record": shown,
        "owner": owner(shown),
        "place": place(shown.region_code),
        "facts": facts(shown),
        "sections": sections(shown, Marks()),
        "seen_by": seen_by,
        "circles": CIRCLES,
        "is_listed": _is_listed(record, seen_by),
    }


def looked_at(session: Session, draft: Draft, record: SearchedRecord | None, by: Actor) -> SearchedRecord:
    """The record a draft would become, with the poster's name; in no session and with no number."""
    found = checked(draft.kind, draft.values).unsaved(record)
    poster = known_name(session, draft.values, by=by)
    if isinstance(found, TechnologyNeed):
        found.poster_name, found.poster_type = poster.name, poster.type
    else:
        found.owner_name = poster.name
    found.region_code = found.region_code or poster.region_code
    return found


def own_row(own: OwnRecord) -> OwnRow:
    """The line of one's own record."""
    record, revision = own.record, own.revision
    return OwnRow(
        id=record.id or 0,
        title=record.title,
        path=row(record).path,
        status=record.status.label,
        is_published=is_published(record),
        may_confirm=may_be_confirmed(record),
        # The note of an approval long past explains nothing any more.
        note=record.review_note if record.status == "returned" else "",
        valid_until=day(record.valid_until),
        day=day(record.updated_at),
        matches=own.matches,
        score=coach(record).score,
        edit_label=own.edit_label,
        may_edit=own.may_edit,
        may_withdraw=own.may_withdraw,
        revision_id=revision.id if revision else None,
        revision_status=revision.status.label if revision else "",
        revision_note=revision.review_note if revision else "",
        revision_waits=revision is not None and revision.status is RevisionStatus.PENDING,
        is_demo=record.is_demo,
    )


def may_publish(by: Actor, draft: Draft) -> bool:
    """Is leaving the review out offered? Changes of published records are always looked at."""
    return draft.record_id is None and by.may(Right.PUBLISH_DIRECTLY)


def _is_listed(record: SearchedRecord, seen_by: Disclosure) -> bool:
    """Would a reader of that circle come across it at all? The other side of a match always does."""
    hidden_from = {
        Disclosure.PUBLIC: (labels.Confidentiality.BROKER_ONLY, labels.Confidentiality.DIRECTED),
        Disclosure.BROKERS: (labels.Confidentiality.DIRECTED,),
        Disclosure.PARTIES: (),
    }
    return record.confidentiality not in hidden_from[seen_by]


def _rows(rows: Rows, typed: Typed) -> list[dict[str, str]]:
    return [*typed_rows(rows, typed), *({} for _ in range(BLANK_ROWS))]


def _disclosable(kind: RecordKind) -> list[tuple[str, str]]:
    named = NEED_TEXT_FIELDS if kind is RecordKind.NEEDS else ACHIEVEMENT_TEXT_FIELDS
    form = FORMS[kind]
    return [(name, DISCLOSED.get(name) or named.get(name) or form.labels[name]) for name in form.disclosable]


def _pairs(members: Iterable[labels.Labelled]) -> list[tuple[str, str]]:
    return [(one.value, one.label) for one in members]


def _entries(vocabulary: Vocabulary) -> list[tuple[str, str]]:
    return [(one.code, one.label) for one in vocabulary.entries]
