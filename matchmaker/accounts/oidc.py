"""Logging in by an identity provider 统一身份认证 (OpenID Connect, authorization code with PKCE)."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from httpx2 import HTTPError, InvalidURL
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel
from sqlmodel import Session, col, select

from matchmaker.accounts.invitations import Newcomer, accept_invitation
from matchmaker.accounts.people import account_by_login_name, checked_email, checked_login_name
from matchmaker.accounts.tokens import digest
from matchmaker.audit import record_event
from matchmaker.errors import LoginRefused, MalformedRequest
from matchmaker.models.account import Account
from matchmaker.models.audit import AuditAction

log = logging.getLogger("matchmaker.accounts")

# Somebody waits in front of the login page.
_SECONDS = 10
# Signatures by the provider's private key. Not HS256: it would be made with the secret that we know, too.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
# Clocks of two machines.
_LEEWAY_SECONDS = 60

_FAILED = LoginRefused("统一身份认证没有成功", "请重新登录；仍不行请用密码登录，或联系系统管理员")


@dataclass(frozen=True)
class Provider:
    """The identity provider and how this platform is known there."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str


class Flow(BaseModel):
    """One login under way, kept by the browser until it comes back; `path` is where it wanted to go."""

    state: str
    nonce: str
    verifier: str
    path: str
    invitation: str = ""


class Metadata(BaseModel):
    """What the provider says of itself, as far as it is needed here."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


@dataclass(frozen=True)
class Identity:
    """Who the provider says it is. `subject` names issuer and person: the same number elsewhere is somebody else."""

    subject: str
    login_name: str
    name: str
    email: str


def begin_login(provider: Provider, path: str, invitation: str = "") -> tuple[str, Flow]:
    """The provider's address to go to, and what the browser keeps. Raises LoginRefused (provider not reached)."""
    flow = Flow(
        state=generate_token(32),
        nonce=generate_token(32),
        verifier=generate_token(64),
        path=path,
        invitation=invitation,
    )
    with _client(provider) as client:
        address, _ = client.create_authorization_url(
            _metadata(client, provider).authorization_endpoint,
            state=flow.state,
            nonce=flow.nonce,
            code_verifier=flow.verifier,
        )
    return address, flow


def identity_of(provider: Provider, flow: Flow, answer: Mapping[str, str]) -> Identity:
    """Who has come back, by the parameters of the address she came back to. Raises LoginRefused."""
    if answer.get("state") != flow.state or not answer.get("code"):
        raise _FAILED
    with _client(provider) as client:
        metadata = _metadata(client, provider)
        token = client.fetch_token(
            metadata.token_endpoint,
            grant_type="authorization_code",
            code=answer["code"],
            redirect_uri=provider.redirect_uri,
            code_verifier=flow.verifier,
        )
        keys = KeySet.import_key_set(_fetched(client, metadata.jwks_uri))
        claims = _checked_claims(provider, flow, token["id_token"], keys)
    subject = str(claims["sub"])
    return Identity(
        subject=f"{provider.issuer}#{subject}"[:300],
        login_name=str(claims.get("preferred_username") or claims.get("email") or ""),
        name=str(claims.get("name") or claims.get("preferred_username") or "未填写姓名")[:60],
        email=str(claims.get("email") or ""),
    )


def account_of(session: Session, identity: Identity, invitation: str = "") -> Account:
    """The account of this identity, or a new one by the invitation. Raises LoginRefused (none, disabled), NotFound."""
    found = session.exec(select(Account).where(col(Account.oidc_subject) == identity.subject)).first()
    if found is not None:
        if found.disabled_at is not None:
            record_event(session, AuditAction.LOGIN_FAILED, record=found)
            raise LoginRefused("这个账号已停用", "请联系本单位管理员或市科技局")
        return found
    if not invitation:
        raise LoginRefused("您的统一身份还没有开通账号", "请联系管理员开通：索取邀请链接后，在链接页面上用统一身份开通")
    newcomer = Newcomer(
        login_name=_free_login_name(session, identity),
        name=identity.name,
        email=_email(identity.email),
        oidc_subject=identity.subject,
    )
    return accept_invitation(session, invitation, newcomer)


def _checked_claims(provider: Provider, flow: Flow, id_token: str, keys: KeySet) -> dict[str, Any]:
    token = jwt.decode(id_token, keys, algorithms=_ALGORITHMS)
    registry = jwt.JWTClaimsRegistry(
        leeway=_LEEWAY_SECONDS,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": flow.nonce},
    )
    registry.validate(token.claims)
    # OpenID Connect Core 3.1.3.7: a token for several audiences names the one it was made for.
    if token.claims.get("azp", provider.client_id) != provider.client_id:
        raise _FAILED
    return token.claims


@contextmanager
def _client(provider: Provider) -> Iterator[Any]:
    """A client of the provider. Whatever goes wrong inside, the person learns only that it did not work."""
    try:
        with OAuth2Client(
            client_id=provider.client_id,
            client_secret=provider.client_secret or None,
            scope="openid profile email",
            redirect_uri=provider.redirect_uri,
            code_challenge_method="S256",
            timeout=_SECONDS,
        ) as client:
            yield client
    except (HTTPError, InvalidURL, OAuthError, JoseError, KeyError, ValueError) as error:
        # The class only: what the provider says may repeat what it was sent.
        log.warning("logging in by the identity provider failed: %s", type(error).__name__)
        raise _FAILED from error


def _metadata(client: Any, provider: Provider) -> Metadata:
    address = f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"
    metadata = Metadata.model_validate(_fetched(client, address))
    if metadata.issuer != provider.issuer:
        # OpenID Connect Discovery 4.3: whoever answers for another issuer is not ours.
        raise ValueError("the identity provider describes another issuer than the one in the settings")
    return metadata


def _fetched(client: Any, address: str) -> Any:
    return client.request("GET", address, withhold_token=True).raise_for_status().json()


def _free_login_name(session: Session, identity: Identity) -> str:
    """The name known at the provider, if it is one and nobody here has it."""
    try:
        name = checked_login_name(identity.login_name)
    except MalformedRequest:
        name = ""
    if name and account_by_login_name(session, name) is None:
        return name
    return f"oidc-{digest(identity.subject)[:12]}"


def _email(text: str) -> str:
    try:
        return checked_email(text)
    except MalformedRequest:
        return ""
