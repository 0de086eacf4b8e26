"""Logging in by an identity provider, where the installation has one."""

import base64

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from sqlmodel import Session

from matchmaker.accounts.login import welcome
from matchmaker.accounts.oidc import Flow, Identity, Provider, account_of, begin_login, identity_of
from matchmaker.database import session_scope
from matchmaker.errors import LoginRefused, MalformedRequest, NotFound, RecordAlreadyExists
from matchmaker.records import ACTOR
from matchmaker.settings import Settings
from matchmaker.web.dependencies import ActorDep, DatabaseDep, SettingsDep
from matchmaker.web.forms import own_path
from matchmaker.web.guard import count_login
from matchmaker.web.pages.account import FIRST_PAGE, begin_session, logged_in, refused_login

router = APIRouter(prefix="/login/oidc", include_in_schema=False, default_response_class=Response)

# Long enough to look for a password and a phone at the provider.
FLOW_SECONDS = 600


@router.get("")
def to_provider(request: Request, actor: ActorDep, settings: SettingsDep) -> Response:
    """Off to the identity provider; the browser keeps what it must bring back."""
    count_login(request, actor)
    asked = request.query_params
    path = own_path(asked.get("next", ""), FIRST_PAGE)
    try:
        address, flow = begin_login(_provider(request, settings), path, asked.get("invitation", "")[:100])
    except LoginRefused as error:
        return refused_login(request, str(error), {"next": path})
    answer = RedirectResponse(address, 303)
    kept = base64.urlsafe_b64encode(flow.model_dump_json().encode()).decode()
    # Lax: the way back is a link from the provider's site, on which a strict cookie would stay behind.
    answer.set_cookie(
        _cookie(request),
        kept,
        max_age=FLOW_SECONDS,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return answer


@router.get("/callback")
def from_provider(request: Request, database: DatabaseDep, actor: ActorDep, settings: SettingsDep) -> Response:
    """Back from the identity provider: logged in, or on the login page with one sentence."""
    count_login(request, actor)
    provider = _provider(request, settings)
    path, refusal = FIRST_PAGE, ""
    try:
        flow = _kept(request)
        # Kept by the browser, so no more to be trusted than an address.
        path = own_path(flow.path, FIRST_PAGE)
        identity = identity_of(provider, flow, request.query_params)
        # A session of its own: what a refused login leaves behind must stay.
        with session_scope(database) as session:
            session.info[ACTOR] = actor
            secret, refusal = _admitted(request, session, identity, flow.invitation)
    except LoginRefused as error:
        refusal = str(error)
    answer = refused_login(request, refusal, {"next": path}) if refusal else logged_in(request, secret, path)
    answer.delete_cookie(_cookie(request), httponly=True, samesite="lax", secure=request.url.scheme == "https")
    return answer


def _admitted(request: Request, session: Session, identity: Identity, invitation: str) -> tuple[str, str]:
    """The cookie's value of a new session, or why there is none."""
    try:
        account = account_of(session, identity, invitation)
    except (LoginRefused, NotFound, MalformedRequest, RecordAlreadyExists) as error:
        return "", str(error)
    welcome(session, account)
    return begin_session(request, session, account), ""


def _provider(request: Request, settings: Settings) -> Provider:
    """Raises NotFound where the installation has none."""
    if not settings.oidc_issuer:
        raise NotFound("本平台没有接入统一身份认证", "请用登录名和密码登录")
    secret = settings.oidc_client_secret
    own = (settings.public_url or str(request.base_url)).rstrip("/")
    return Provider(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=secret.get_secret_value() if secret else "",
        redirect_uri=f"{own}/login/oidc/callback",
    )


def _kept(request: Request) -> Flow:
    """What the browser brought back. Raises LoginRefused for another browser, or one that took too long."""
    try:
        return Flow.model_validate_json(base64.urlsafe_b64decode(request.cookies.get(_cookie(request), "")))
    except (ValidationError, ValueError) as error:
        raise LoginRefused("登录已超时", "请重新登录") from error


def _cookie(request: Request) -> str:
    return "__Host-oidc" if request.url.scheme == "https" else "oidc"
