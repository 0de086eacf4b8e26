"""Login, the own account, members, accounts, invitations, keys."""

from sqlmodel import Session

from matchmaker.accounts.invitations import invitation_of, invite
from matchmaker.accounts.seats import Seat
from matchmaker.models.account import Role
from tests.factories import actor_for, make_account
from tests.matchmaker.web.route_rights import ANONYMOUS, anyone, each, known, only
from tests.matchmaker.web.route_rights.world import World

V1 = "/api/v1"
MANAGERS = (Role.CITY_OFFICIAL, Role.ADMINISTRATOR)
LEADERS = (Role.ENTERPRISE, Role.INSTITUTION, Role.BROKERAGE_ADMINISTRATOR, Role.DISTRICT_OFFICIAL, *MANAGERS)


def prepare(session: Session, world: World) -> None:
    """A colleague in the enterprise, and an open invitation of the administrator."""
    enterprise = world.accounts[Role.ENTERPRISE]
    world.ids["colleague"] = make_account(session, enterprise_id=enterprise.enterprise_id).id or 0
    administrator = actor_for(session, world.accounts[Role.ADMINISTRATOR])
    token = invite(session, Seat(Role.CITY_OFFICIAL), by=administrator)
    world.ids["invitation"] = invitation_of(session, token).id or 0


COLLEAGUE = {Role.ENTERPRISE: 303, Role.CITY_OFFICIAL: 303, Role.ADMINISTRATOR: 303}
NOT_LEADING = {Role.COMMISSIONER: 403, Role.BROKER: 403}
ROWS = [
    each("GET /login", {ANONYMOUS: 200}, others=303),
    # The wrong password is the same for everybody.
    anyone("POST /login", status=422, data={"login_name": "nobody", "password": "wrong"}),
    anyone("GET /login/oidc", status=404),
    anyone("GET /login/oidc/callback", status=404),
    known("POST /logout", status=303),
    known("GET /account"),
    known("POST /account", status=303, data={"name": "新名字"}),
    known("GET /account/password"),
    known("POST /account/password", status=422, data={"old": "x", "new": "y", "again": "z"}),
    known("GET /account/sessions"),
    known("POST /account/sessions/end-others", status=303),
    known("POST /account/sessions/{session_id}/end", "/account/sessions/999999/end", status=404),
    known("GET /account/keys"),
    known("POST /account/keys", data={"name": "导入", "scopes": "read"}),
    known("POST /account/keys/{key_id}/revoke", "/account/keys/999999/revoke", status=404),
    known("GET /account/webhooks"),
    known("POST /account/webhooks", data={"url": "https://example.org/x", "events": "match.changed"}),
    known("POST /account/webhooks/{webhook_id}/test", "/account/webhooks/999999/test", status=404),
    known("POST /account/webhooks/{webhook_id}/resume", "/account/webhooks/999999/resume", status=404),
    known("POST /account/webhooks/{webhook_id}/remove", "/account/webhooks/999999/remove", status=404),
    known("GET /account/second-factor"),
    known("POST /account/second-factor/begin", status=303),
    known("POST /account/second-factor", status=422, data={"code": "000000"}),
    known("POST /account/second-factor/off", status=303),
    anyone("GET /invitations/{token}", "/invitations/unknown", status=404),
    anyone("POST /invitations/{token}", "/invitations/unknown", status=404),
    only("GET /members", LEADERS),
    only("POST /members/invitations", LEADERS, data={"seat": "own"}),
    each(
        "POST /members/invitations/{invitation_id}/revoke",
        {**NOT_LEADING, Role.CITY_OFFICIAL: 303, Role.ADMINISTRATOR: 303},
        "/members/invitations/{invitation}/revoke",
    ),
    each("POST /members/{account_id}/disable", {**NOT_LEADING, **COLLEAGUE}, "/members/{colleague}/disable"),
    each("POST /members/{account_id}/enable", {**NOT_LEADING, **COLLEAGUE}, "/members/{colleague}/enable"),
    only("GET /accounts", MANAGERS),
    only("POST /accounts/invitations", MANAGERS, data={"role": "commissioner"}),
    only("GET /accounts/{account_id}", MANAGERS, "/accounts/{colleague}"),
    # A city official does not look after administrators, as if there were none.
    each(
        "GET /accounts/{account_id}",
        {Role.ADMINISTRATOR: 200, Role.CITY_OFFICIAL: 404},
        "/accounts/{administrator_account}",
        others=403,
    ),
    only("POST /accounts/{account_id}/password", MANAGERS, "/accounts/{colleague}/password"),
    only("POST /accounts/{account_id}/log-out", MANAGERS, "/accounts/{colleague}/log-out", status=303),
    only("POST /accounts/{account_id}/disable", MANAGERS, "/accounts/{colleague}/disable", status=303),
    only("POST /accounts/{account_id}/enable", MANAGERS, "/accounts/{colleague}/enable", status=303),
    known(f"GET {V1}/account"),
    known(f"GET {V1}/account/webhooks"),
    known(
        f"POST {V1}/account/webhooks", status=201, json={"url": "https://example.org/x", "events": ["match.changed"]}
    ),
    known(f"DELETE {V1}/account/webhooks/{{webhook_id}}", f"{V1}/account/webhooks/999999", status=404),
    known(f"POST {V1}/account/webhooks/{{webhook_id}}/test", f"{V1}/account/webhooks/999999/test", status=404),
    known(f"POST {V1}/account/webhooks/{{webhook_id}}/resume", f"{V1}/account/webhooks/999999/resume", status=404),
    known(f"GET {V1}/account/webhooks/{{webhook_id}}/deliveries", f"{V1}/account/webhooks/9/deliveries", status=404),
    known(f"GET {V1}/account/keys"),
    known(f"POST {V1}/account/keys", status=201, json={"name": "导入", "scopes": ["read"]}),
    known(f"DELETE {V1}/account/keys/{{key_id}}", f"{V1}/account/keys/999999", status=404),
]
