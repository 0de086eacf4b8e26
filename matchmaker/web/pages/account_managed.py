"""All accounts, for those who manage them: find, invite, disable, reset."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response

from matchmaker.accounts import organisations_of
from matchmaker.accounts.invitations import invite
from matchmaker.accounts.management import (
    accounts_like,
    disable_account,
    enable_account,
    log_out_everywhere,
    managed_account,
    reset_password,
)
from matchmaker.accounts.seats import seat_by_name
from matchmaker.accounts.sessions import open_sessions
from matchmaker.errors import MalformedRequest, NotFound, RecordAlreadyExists
from matchmaker.models.account import Account, Role
from matchmaker.models.base import now
from matchmaker.rights import Actor, Right
from matchmaker.web.dependencies import Requires, SessionDep, SettingsDep
from matchmaker.web.forms import FormErrors, SubmittedForm, answer_redirect, text_of
from matchmaker.web.pages.account_members import account_rows, invitation_link, invitation_rows
from matchmaker.web.pages.account_own import NO_ERRORS, RowId
from matchmaker.web.pages.view import day, moment
from matchmaker.web.templating import templates

router = APIRouter(prefix="/accounts", include_in_schema=False, default_response_class=Response)

Manager = Annotated[Actor, Depends(Requires(Right.MANAGE_ACCOUNTS))]


@router.get("")
def accounts_page(request: Request, session: SessionDep, actor: Manager) -> Response:
    return _page(request, session, actor)


@router.post("/invitations")
def invite_anybody(
    request: Request, session: SessionDep, actor: Manager, form: SubmittedForm, settings: SettingsDep
) -> Response:
    """Make an invitation for any role; its link is on the answer, and nowhere else."""
    errors = FormErrors()
    values = {name: text_of(form, name) for name in ("role", "organisation", "add_unknown", "note")}
    role = _role(values["role"])
    token = ""
    if role is None:
        errors.add("role", "请选择角色")
    else:
        try:
            # All or nothing: an organisation is not noted for an invitation that is refused.
            with session.begin_nested():
                seat = seat_by_name(session, role, values["organisation"], add_unknown=bool(values["add_unknown"]))
                token = invite(session, seat, note=values["note"], by=actor)
        except (NotFound, MalformedRequest, RecordAlreadyExists) as error:
            errors.add("organisation", str(error))
    if errors:
        return _page(request, session, actor, errors=errors, values=values)
    return _page(request, session, actor, link=invitation_link(request, settings, token))


@router.get("/{account_id}")
def managed_page(request: Request, session: SessionDep, actor: Manager, account_id: RowId) -> Response:
    return _managed(request, session, managed_account(session, account_id, by=actor))


@router.post("/{account_id}/password")
def new_password(request: Request, session: SessionDep, actor: Manager, account_id: RowId) -> Response:
    """A one-time password: on the answer, and nowhere else."""
    account, password = reset_password(session, account_id, by=actor)
    return _managed(request, session, account, password)


@router.post("/{account_id}/log-out")
def log_out_account(request: Request, session: SessionDep, actor: Manager, account_id: RowId) -> Response:
    log_out_everywhere(session, account_id, by=actor)
    return answer_redirect(request, f"/accounts/{account_id}", flash="logged_out_elsewhere")


@router.post("/{account_id}/disable")
def disable(request: Request, session: SessionDep, actor: Manager, account_id: RowId) -> Response:
    disable_account(session, account_id, by=actor)
    return answer_redirect(request, f"/accounts/{account_id}", flash="account_disabled")


@router.post("/{account_id}/enable")
def enable(request: Request, session: SessionDep, actor: Manager, account_id: RowId) -> Response:
    enable_account(session, account_id, by=actor)
    return answer_redirect(request, f"/accounts/{account_id}", flash="account_enabled")


def _managed(request: Request, session: SessionDep, account: Account, password: str = "") -> Response:
    is_locked = account.locked_until is not None and account.locked_until > now()
    context = {
        "account": account,
        "organisation": organisations_of(session, [account])[account.id or 0],
        "created": day(account.created_at),
        "last_login": moment(account.last_login_at),
        "locked_until": moment(account.locked_until) if is_locked else "",
        "sessions": len(open_sessions(session, account.id or 0)),
        "password": password,
    }
    return templates.TemplateResponse(request, "account/managed.html", context)


def _role(value: str) -> Role | None:
    return next((one for one in Role if one == value), None)


def _page(request: Request, session: SessionDep, actor: Actor, **given: Any) -> Response:
    asked = request.query_params
    q, role, number = asked.get("q", "")[:100], _role(asked.get("role", "")), asked.get("page", "1")
    page = int(number) if number.isdecimal() and len(number) < 7 else 1
    found = accounts_like(session, q, role, page=page, by=actor)
    roles = [(one.value, one.label) for one in Role]
    is_administrator = actor.role is Role.ADMINISTRATOR
    context = {
        "page": found,
        "rows": account_rows(session, found, actor),
        "open": invitation_rows(session, actor),
        "q": q,
        "role": role or "",
        "roles": roles,
        "invited_roles": [one for one in roles if one[0] != Role.ADMINISTRATOR or is_administrator],
        "here": f"/accounts?{urlencode({'q': q, 'role': role or ''})}&",
        "values": {},
        "errors": NO_ERRORS,
        "link": "",
        **given,
    }
    return templates.TemplateResponse(request, "account/accounts.html", context, 422 if given.get("errors") else 200)
