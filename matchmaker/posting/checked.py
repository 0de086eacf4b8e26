"""A form as far as it can be read: the shape if it is complete, the part that holds, and what is wrong where."""

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from matchmaker.models.achievement import AchievementCreate, AchievementUpdate
from matchmaker.models.need import NeedCreate, NeedUpdate
from matchmaker.models.outbox import RecordKind
from matchmaker.posting.fields import BASE_VERSION, FORMS
from matchmaker.posting.typed import Typed, stated
from matchmaker.validity import LONGEST
from matchmaker.visibility import SearchedRecord, today


@dataclass(frozen=True)
class Checked:
    """`holds` has every field that can be read, the others empty; `create` is None while there are problems.

    `problems` maps names on the form to sentences, `findings` to pydantic's findings, worded where they are shown.
    """

    kind: RecordKind
    create: NeedCreate | AchievementCreate | None
    holds: NeedUpdate | AchievementUpdate
    problems: dict[str, str]
    findings: list[dict[str, Any]]

    def update_of(self, record: SearchedRecord) -> NeedUpdate | AchievementUpdate:
        """The change of the record that the form asks for: only the fields that differ."""
        form = FORMS[self.kind]
        before = form.update.model_validate({**{name: getattr(record, name) for name in form.values}, "version": 0})
        # An empty region says “that of the organisation”, which the record has long had.
        kept = {"region_code"} if self.holds.region_code is None else set()
        differing = {
            name: value for name in form.values - kept if (value := getattr(self.holds, name)) != getattr(before, name)
        }
        return form.update.model_validate({**differing, "version": record.version})

    def unsaved(self, like: SearchedRecord | None = None) -> SearchedRecord:
        """The record it would become, for looking at only: it belongs to no session."""
        table = FORMS[self.kind].table
        names = FORMS[self.kind].values
        values = {name: getattr(self.holds, name) for name in names}
        origin = {"id": 0, "source": "draft", "source_id": "draft"}
        kept = (
            {} if like is None else {name: getattr(like, name) for name in ("id", "version", "created_at", "is_demo")}
        )
        return table(**{**values, **origin, **kept})


def checked(kind: RecordKind, typed: Typed) -> Checked:
    """Read the form as `submit_draft` will, and tell what is in the way."""
    form = FORMS[kind]
    said = stated(kind, typed)
    problems = dict(said.problems)
    is_change = BASE_VERSION in typed
    further = {**_unreachable(said.values), **_past(said.values, is_change=is_change)}
    problems |= {name: sentence for name, sentence in further.items() if name not in problems}
    create: NeedCreate | AchievementCreate | None = None
    findings: list[dict[str, Any]] = []
    try:
        create = form.create.model_validate(said.values)
    except ValidationError as error:
        findings = [dict(one) for one in error.errors(include_url=False)]
    return Checked(kind, None if problems else create, _readable(kind, said.values), problems, findings)


def _unreachable(values: dict[str, Any]) -> dict[str, str]:
    """Whom to call once both sides agree; without that a match ends at the first step."""
    found = {}
    if not values["contact_name"]:
        found["contact_name"] = "请填写联系人：请写能对此事拍板的人"
    if not (values["contact_phone"] or values["contact_email"]):
        found["contact_phone"] = "电话与邮箱至少填一项：只在双方同意对接后才告知对方"
    return found


def _past(values: dict[str, Any], *, is_change: bool) -> dict[str, str]:
    """Days that make no sense any more: nobody would find a record whose validity is over.

    The wished-for day of a need may pass while it is published; a change of something else need not touch it.
    """
    found = {}
    until, deadline = values["valid_until"], values.get("deadline")
    if until is not None and not today() <= until <= today() + LONGEST:
        found["valid_until"] = "有效期应在今天之后、五年之内：请重新选择日期"
    if deadline is not None and deadline < today() and not is_change:
        found["deadline"] = "期望完成日期已过：请填今天以后的日期"
    return found


def _readable(kind: RecordKind, values: dict[str, Any]) -> NeedUpdate | AchievementUpdate:
    """The values without those that are wrong. One wrong row takes its table along, so each is tried by itself."""
    update = FORMS[kind].update
    kept = {**values, "version": 0}
    while True:
        try:
            return update.model_validate(kept)
        except ValidationError as error:
            wrong = {str(one["loc"][0]) for one in error.errors() if one["loc"]} & kept.keys()
            if not wrong:
                raise
            kept = {name: value for name, value in kept.items() if name not in wrong}
