"""Notices: everybody her own. The broker of the world has one notice, and one message that was not delivered."""

from sqlmodel import Session

from matchmaker.models.account import Role
from matchmaker.models.notice import DeliveryStatus, Notice, NoticeDelivery, NoticeKind, Pace, Way
from tests.matchmaker.web.route_rights import each, known
from tests.matchmaker.web.route_rights.world import World

KEY = {"webhook": "0123456789abcdef"}
CHOICES = {f"{kind.value}-pace": Pace.DAILY.value for kind in NoticeKind}
V1 = "/api/v1"


def prepare(session: Session, world: World) -> None:
    """Adds `notice` and `delivery` to the ids of the world."""
    owner = world.ids["broker_account"]
    notice = Notice(account_id=owner, kind=NoticeKind.MATCH, key="world", title="对接有新进展", link="/needs")
    session.add(notice)
    session.flush()
    failed = NoticeDelivery(account_id=owner, way=Way.MAIL, key="notice:0", status=DeliveryStatus.FAILED)
    session.add(failed)
    session.flush()
    world.ids |= {"notice": notice.id or 0, "delivery": failed.id or 0}


ROWS = [
    known("GET /notices"),
    each("GET /notices/{notice_id:int}", {Role.BROKER: 303}, "/notices/{notice}"),
    known("POST /notices/read", status=303),
    each("POST /notices/{notice_id:int}/read", {Role.BROKER: 303}, "/notices/{notice}/read"),
    known("GET /account/notices"),
    known("POST /account/notices", status=303, data=CHOICES),
    known("POST /account/notices/robots/{way}", "/account/notices/robots/wecom", status=303, data=KEY),
    known("POST /account/notices/robots/{way}/delete", "/account/notices/robots/wecom/delete", status=303),
    # Nothing has been set up: the page says so.
    known("POST /account/notices/test/{way}", "/account/notices/test/mail"),
    each(
        "POST /account/notices/deliveries/{delivery_id:int}/again",
        {Role.BROKER: 303},
        "/account/notices/deliveries/{delivery}/again",
    ),
    known(f"GET {V1}/notices"),
    each(f"POST {V1}/notices/{{record_id}}/read", {Role.BROKER: 200}, f"{V1}/notices/{{notice}}/read"),
]
