"""The page an invitation's link leads to."""

from typing import Any

from fastapi import APIRouter, Request, Response

from matchmaker.accounts import account_by_id, organisations_of
from matchmaker.accounts.invitations import Newcomer, accept_invitation, invitation_of
from matchmaker.accounts.login import welcome
from matchmaker.accounts.passwords import MIN_LENGTH, check_password
from matchmaker.accounts.people import checked_email, checked_login_name, checked_name
from matchmaker.errors import MalformedRequest, RecordAlreadyExists
from matchmaker.web.dependencies import ActorDep, SessionDep
from matchmaker.web.forms import FormErrors, SubmittedForm, text_of
from matchmaker.web.guard import count_login
from matchmaker.web.pages.account import FIRST_PAGE, begin_session, logged_in
from matchmaker.web.templating import templates

router = APIRouter(include_in_schema=False, default_response_class=Response)


@router.get("/invitations/{token}")
def invitation_page(request: Request, session: SessionDep, actor: ActorDep, token: str) -> Response:
    """What is offered, and the form."""
    count_login(request, actor)
    return _form(request, session, token, {}, FormErrors())


@router.post("/invitations/{token}")
def accept(request: Request, session: SessionDep, actor: ActorDep, token: str, form: SubmittedForm) -> Response:
    """Make the account and log in."""
    count_login(request, actor)
    values = {name: text_of(form, name) for name in ("login_name", "name", "email")}
    password = str(form.get("password", ""))
    errors = _errors(values, password, str(form.get("again", "")))
    if not errors:
        try:
            account = accept_invitation(session, token, Newcomer(**values, password=password))
        except (MalformedRequest, RecordAlreadyExists) as error:
            errors.add("login_name", str(error))
    if errors:
        return _form(request, session, token, values, errors)
    welcome(session, account)
    return logged_in(request, begin_session(request, session, account), FIRST_PAGE)


def _errors(values: dict[str, str], password: str, again: str) -> FormErrors:
    """Every field at once, before anything is done."""
    errors = FormErrors()
    checks = {"login_name": checked_login_name, "name": checked_name, "email": checked_email}
    for name, check in checks.items():
        try:
            check(values[name])
        except MalformedRequest as error:
            errors.add(name, str(error))
    try:
        check_password(password, values["login_name"])
    except MalformedRequest as error:
        errors.add("password", str(error))
    if password != again:
        errors.add("again", "两次输入的密码不一致，请重新输入")
    return errors


def _form(request: Request, session: SessionDep, token: str, values: dict[str, str], errors: FormErrors) -> Response:
    invitation = invitation_of(session, token)
    settings = request.app.state.settings
    context: dict[str, Any] = {
        "role": invitation.role.label,
        "organisation": organisations_of(session, [invitation])[invitation.id or 0],
        "inviter": account_by_id(session, invitation.invited_by_id).name,
        "oidc_label": settings.oidc_label if settings.oidc_issuer else "",
        "token": token,
        "min_length": MIN_LENGTH,
        "values": values,
        "errors": errors,
    }
    answer = templates.TemplateResponse(request, "account/invitation.html", context, 422 if errors else 200)
    # The address is a secret; what is sent to other sites never says where somebody came from (see the envelope).
    answer.headers["Cache-Control"] = "no-store"
    return answer
