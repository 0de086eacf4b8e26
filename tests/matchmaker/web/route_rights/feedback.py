"""What is said of recommendations: by both sides, brokers and officials; taken back by whoever said it."""

from sqlmodel import Session

from matchmaker.models.account import Role
from matchmaker.models.feedback import MatchFeedback, Relevance
from matchmaker.models.match import Side
from tests.matchmaker.web.route_rights import Row, anyone, each, known
from tests.matchmaker.web.route_rights.world import World

V1 = "/api/v1"
MAY_JUDGE = (
    Role.ENTERPRISE,
    Role.INSTITUTION,
    Role.BROKER,
    Role.BROKERAGE_ADMINISTRATOR,
    Role.DISTRICT_OFFICIAL,
    Role.CITY_OFFICIAL,
    Role.ADMINISTRATOR,
)
PAIR = "{need}/{achievement}"
SENT = {"need_id": "{need}", "achievement_id": "{achievement}", "verdict": "not_relevant"}


def prepare(session: Session, world: World) -> None:
    """The enterprise has called another pair not relevant."""
    said = MatchFeedback(
        need_id=world.ids["hidden_need"],
        achievement_id=world.ids["achievement"],
        account_id=world.accounts[Role.ENTERPRISE].id or 0,
        role=Role.ENTERPRISE,
        side=Side.NEED,
        verdict=Relevance.NOT_RELEVANT,
    )
    session.add(said)
    session.flush()
    world.ids["feedback"] = said.id or 0


ROWS: list[Row] = [
    anyone("GET /matching-quality"),
    anyone(f"GET {V1}/matching-quality"),
    known("GET /match-feedback"),
    each(
        "POST /match-feedback/{need_id:int}/{achievement_id:int}",
        dict.fromkeys(MAY_JUDGE, 303),
        f"/match-feedback/{PAIR}",
        others=403,
        data={"verdict": "useful", "came_from": "needs"},
    ),
    each(
        "POST /match-feedback/{feedback_id:int}/withdraw", {Role.ENTERPRISE: 303}, "/match-feedback/{feedback}/withdraw"
    ),
    known(f"GET {V1}/matches/feedback"),
    each(f"POST {V1}/matches/feedback", dict.fromkeys(MAY_JUDGE, 200), others=403, json=SENT),
    each(f"DELETE {V1}/matches/feedback/{{record_id}}", {Role.ENTERPRISE: 204}, f"{V1}/matches/feedback/{{feedback}}"),
]
