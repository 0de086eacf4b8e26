"""One's own API keys: made, shown once, revoked."""

from datetime import date, datetime, time, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, ValidationError

from matchmaker.accounts.sessions import add_key, own_keys, revoke_key
from matchmaker.errors import MalformedRequest
from matchmaker.models.account import Scope
from matchmaker.visibility import CITY_TIME
from matchmaker.web.dependencies import KnownActor, SessionDep
from matchmaker.web.forms import FormErrors, SubmittedForm, answer_redirect, text_of, texts_of
from matchmaker.web.pages.account_own import NO_ERRORS, RowId, own_page
from matchmaker.web.pages.view import day, moment

router = APIRouter(prefix="/account/keys", include_in_schema=False, default_response_class=Response)


class NewKey(BaseModel):
    """What the form asks for. The last day a key works, in the city."""

    name: str = Field(min_length=1, max_length=60)
    scopes: list[Scope] = Field(min_length=1)
    # The day after the last one must still be a day.
    last_day: date | None = Field(default=None, le=date.max - timedelta(days=1))

    def expires_at(self) -> datetime | None:
        """The midnight that ends the last day."""
        return datetime.combine(self.last_day + timedelta(days=1), time(), CITY_TIME) if self.last_day else None


@router.get("")
def keys_page(request: Request, session: SessionDep, actor: KnownActor) -> Response:
    return _page(request, session, actor)


@router.post("")
def new_key(request: Request, session: SessionDep, actor: KnownActor, form: SubmittedForm) -> Response:
    """Make one. Its secret is on the answer, and nowhere else: a redirect would have to carry it."""
    errors = FormErrors()
    values = {"name": text_of(form, "name"), "last_day": text_of(form, "last_day")}
    scopes = texts_of(form, "scopes")
    try:
        wanted = NewKey.model_validate({**values, "last_day": values["last_day"] or None, "scopes": scopes})
        key, secret = add_key(session, name=wanted.name, scopes=wanted.scopes, expires_at=wanted.expires_at(), by=actor)
    except ValidationError as error:
        errors.take(error)
    except MalformedRequest as error:
        errors.add("last_day", str(error))
    if errors:
        return _page(request, session, actor, errors=errors, values=values, scopes=scopes)
    return _page(request, session, actor, made={"name": key.name, "secret": secret})


@router.post("/{key_id}/revoke")
def revoke(request: Request, session: SessionDep, actor: KnownActor, key_id: RowId) -> Response:
    revoke_key(session, key_id, by=actor)
    return answer_redirect(request, "/account/keys", flash="key_revoked")


def _page(request: Request, session: SessionDep, actor: KnownActor, **given: Any) -> Response:
    keys = [
        {
            "id": one.id,
            "name": one.name,
            "scopes": "、".join(scope.label for scope in one.scopes),
            "expires": day(one.expires_at and one.expires_at - timedelta(seconds=1)) or "长期有效",
            "used": moment(one.last_used_at) or "尚未使用",
        }
        for one in own_keys(session, actor)
    ]
    context = {
        "keys": keys,
        "scopes": [Scope.READ.value],
        "made": None,
        "options": [(one.value, one.label) for one in Scope],
    }
    return own_page(request, "keys", {**context, **given}, given.get("errors", NO_ERRORS))
