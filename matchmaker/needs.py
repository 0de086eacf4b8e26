"""Add, revise and withdraw technology needs."""

from sqlmodel import Session

from matchmaker.contact_data import move_contacts
from matchmaker.errors import MalformedRequest
from matchmaker.models.labels import NeedStatus
from matchmaker.models.need import (
    NEED_TEXTS,
    NeedCreate,
    NeedFields,
    NeedUpdate,
    TechnologyNeed,
)
from matchmaker.models.outbox import RecordKind
from matchmaker.models.party import Enterprise
from matchmaker.parties import mentioned_enterprise
from matchmaker.records import (
    Outcome,
    check_version,
    content_key,
    enqueue,
    record_by_source,
    stated_values,
    write_values,
)
from matchmaker.validity import mark_published


def upsert_need(
    session: Session,
    create: NeedCreate,
    *,
    is_demo: bool = False,
    poster: Enterprise | None = None,
    posted_by_id: int | None = None,
) -> tuple[TechnologyNeed, Outcome]:
    """The need of this source key, added or brought up to date, and queued for the index if anything changed.

    A need without a source id is known by its content, so the same row loaded twice is one need.
    `poster` is the enterprise where it is known already: no name is then looked up. `posted_by_id` is the account
    that typed a new one in.
    """
    source = create.source or "manual"
    source_id = create.source_id or content_key(
        # Defaults left out: a field that is added to the form one day gives old rows no new key.
        create.model_dump(mode="json", exclude={"source"}, exclude_defaults=True)
    )
    need = record_by_source(session, TechnologyNeed, source, source_id)
    given = {name: getattr(create, name) for name in type(create).model_fields if name not in ("source", "source_id")}
    values = move_contacts(given, NEED_TEXTS, need.contact_phone if need else "")
    name, credit_code = values.pop("enterprise_name"), values.pop("enterprise_credit_code")
    enterprise = poster or mentioned_enterprise(session, name, credit_code, is_demo=is_demo)
    values["enterprise_id"] = enterprise.id if enterprise else None
    if enterprise is not None:
        values["poster_name"] = create.poster_name or enterprise.name
        # Once the need has a region of its own, the enterprise's says nothing about it any more.
        values["region_code"] = create.region_code or (need and need.region_code) or enterprise.region_code
    if need is None:
        need = TechnologyNeed(source=source, source_id=source_id, is_demo=is_demo, posted_by_id=posted_by_id, **values)
        if need.status is NeedStatus.PUBLISHED:
            mark_published(need)
        session.add(need)
        enqueue(session, RecordKind.NEEDS, need)
        return need, Outcome.ADDED
    derived = ["enterprise_id", "poster_name", "region_code"] if enterprise else []
    if values["contact_phone"]:
        derived.append("contact_phone")
    if not write_values(need, stated_values(create, values, derived)):
        return need, Outcome.UNCHANGED
    if need.status is NeedStatus.PUBLISHED:
        mark_published(need)
    enqueue(session, RecordKind.NEEDS, need)
    return need, Outcome.CHANGED


def unsaved_need(create: NeedCreate) -> TechnologyNeed:
    """The need it would become, for matching only: it belongs to no session, has the number 0 and no contacts."""
    values = {name: getattr(create, name) for name in NeedFields.model_fields}
    values |= {name: text for name, text in move_contacts(values, NEED_TEXTS, "").items() if name in values}
    poster = create.poster_name or create.enterprise_name or ""
    return TechnologyNeed(**{**values, "id": 0, "source": "unsaved", "source_id": "unsaved", "poster_name": poster})


def revise_need(session: Session, need: TechnologyNeed, update: NeedUpdate) -> TechnologyNeed:
    """Change the given fields and queue the need for the index. Raises VersionConflict, MalformedRequest (budget)."""
    check_version(need, update.version)
    given = {name: getattr(update, name) for name in update.model_fields_set - {"version"}}
    values = move_contacts(given, NEED_TEXTS, need.contact_phone)
    low, high = (values.get(name, getattr(need, name)) for name in ("budget_min_fen", "budget_max_fen"))
    if low is not None and high is not None and low > high:
        raise MalformedRequest("预算下限高于上限", "请核对两个数，单位都是分")
    if write_values(need, values):
        if need.status is NeedStatus.PUBLISHED:
            mark_published(need)
        enqueue(session, RecordKind.NEEDS, need)
    return need
