"""Members of the own organisation, and the invitations that are still open."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import Session, col, select

from matchmaker.accounts import organisations_of
from matchmaker.accounts.invitations import invite, open_invitations, revoke_invitation
from matchmaker.accounts.management import AccountPage, disable_account, enable_account, members_of_own
from matchmaker.accounts.seats import Seat, brokers_without_account, may_fill, own_seat, seat_of
from matchmaker.errors import MalformedRequest, RecordAlreadyExists
from matchmaker.models.account import Account, Role
from matchmaker.rights import Actor, Right
from matchmaker.settings import Settings
from matchmaker.web.dependencies import Requires, SessionDep, SettingsDep
from matchmaker.web.forms import FormErrors, SubmittedForm, answer_redirect, text_of
from matchmaker.web.pages.account_own import NO_ERRORS, RowId
from matchmaker.web.pages.view import day, moment
from matchmaker.web.templating import templates

router = APIRouter(prefix="/members", include_in_schema=False, default_response_class=Response)

Manager = Annotated[Actor, Depends(Requires(Right.MANAGE_MEMBERS))]
AnyManager = Annotated[Actor, Depends(Requires(Right.MANAGE_MEMBERS, Right.MANAGE_ACCOUNTS))]

OWN = "own"


@router.get("")
def members_page(request: Request, session: SessionDep, actor: Manager) -> Response:
    return _page(request, session, actor)


@router.post("/invitations")
def invite_member(
    request: Request, session: SessionDep, actor: Manager, form: SubmittedForm, settings: SettingsDep
) -> Response:
    """Make an invitation for a colleague; its link is on the answer, and nowhere else."""
    errors = FormErrors()
    values = {"seat": text_of(form, "seat"), "note": text_of(form, "note")}
    seat = _seat(values["seat"], actor)
    try:
        token = invite(session, seat, note=values["note"], by=actor)
    except RecordAlreadyExists as error:
        errors.add("seat", str(error))
    except MalformedRequest as error:
        errors.add("note", str(error))
    if errors:
        return _page(request, session, actor, errors=errors, values=values)
    return _page(request, session, actor, link=invitation_link(request, settings, token))


@router.post("/invitations/{invitation_id}/revoke")
def revoke(request: Request, session: SessionDep, actor: AnyManager, invitation_id: RowId) -> Response:
    """Make a link void; back to the page it was on."""
    revoke_invitation(session, invitation_id, by=actor)
    came_from = (
        "/accounts" if request.headers.get("referer", "").partition("?")[0].endswith("/accounts") else "/members"
    )
    return answer_redirect(request, came_from, flash="invitation_revoked")


@router.post("/{account_id}/disable")
def disable(request: Request, session: SessionDep, actor: Manager, account_id: RowId) -> Response:
    disable_account(session, account_id, by=actor)
    return answer_redirect(request, "/members", flash="account_disabled")


@router.post("/{account_id}/enable")
def enable(request: Request, session: SessionDep, actor: Manager, account_id: RowId) -> Response:
    enable_account(session, account_id, by=actor)
    return answer_redirect(request, "/members", flash="account_enabled")


def invitation_link(request: Request, settings: Settings, token: str) -> str:
    """The whole address, as it is sent to somebody."""
    return f"{(settings.public_url or str(request.base_url)).rstrip('/')}/invitations/{token}"


def account_rows(session: Session, page: AccountPage, actor: Actor) -> list[dict[str, Any]]:
    """What the lists show of each account."""
    organisations = organisations_of(session, page.accounts)
    return [
        {
            "id": one.id,
            "name": one.name,
            "login_name": one.login_name,
            "role": one.role.label,
            "organisation": organisations[one.id or 0],
            "last_login": moment(one.last_login_at),
            "is_off": one.disabled_at is not None,
            "is_demo": one.is_demo,
            "is_managed": may_fill(session, seat_of(one), actor),
        }
        for one in page.accounts
    ]


def invitation_rows(session: Session, actor: Actor) -> list[dict[str, Any]]:
    """What the lists show of each open invitation."""
    listed = open_invitations(session, by=actor)
    organisations = organisations_of(session, listed)
    wanted = {one.invited_by_id for one in listed}
    inviters = dict(session.exec(select(Account.id, Account.name).where(col(Account.id).in_(wanted))).all())
    return [
        {
            "id": one.id,
            "role": one.role.label,
            "organisation": organisations[one.id or 0],
            "note": one.note,
            "inviter": inviters.get(one.invited_by_id, ""),
            "expires": day(one.expires_at),
        }
        for one in listed
    ]


def _seat(chosen: str, actor: Actor) -> Seat:
    """The seat behind a choice of the form; whether it may be filled is for `invite` to say."""
    kind, _, number = chosen.partition("-")
    # Nine digits stay below the largest number a column takes.
    if kind == Role.BROKER and number.isdecimal() and number.isascii() and len(number) < 10:
        return Seat(Role.BROKER, broker_id=int(number))
    return own_seat(actor)


def _seats(session: Session, actor: Actor) -> list[tuple[str, str]]:
    own = actor.role.label if actor.role else ""
    brokers = brokers_without_account(session, actor.brokerage_id) if actor.brokerage_id is not None else []
    return [(OWN, own), *((f"{Role.BROKER}-{one.id}", f"{Role.BROKER.label} {one.name}") for one in brokers)]


def _page(request: Request, session: SessionDep, actor: Actor, **given: Any) -> Response:
    number = request.query_params.get("page", "1")
    page = members_of_own(session, page=int(number) if number.isdecimal() and len(number) < 7 else 1, by=actor)
    context = {
        "page": page,
        "rows": account_rows(session, page, actor),
        "open": invitation_rows(session, actor),
        "seats": _seats(session, actor),
        "values": {},
        "errors": NO_ERRORS,
        "link": "",
        **given,
    }
    return templates.TemplateResponse(request, "account/members.html", context, 422 if given.get("errors") else 200)
