"""The first page of everybody who is logged in: what there is to do."""

from fastapi import APIRouter, Request, Response

from matchmaker.models.account import Role
from matchmaker.visibility import today
from matchmaker.web.dependencies import KnownActor, SessionDep
from matchmaker.web.navigation import CARRIED, IMPORTS, NEEDS, POST_ACHIEVEMENT, POST_NEED, REVIEW, Place
from matchmaker.web.pages.tours import TOURS
from matchmaker.web.templating import templates
from matchmaker.worklist import figures, why_not_certified, work_lists

router = APIRouter(include_in_schema=False, default_response_class=Response)

# What each role came to do, as buttons: the first one stands out.
_BUTTONS: dict[Role, tuple[Place, ...]] = {
    Role.ENTERPRISE: (POST_NEED, POST_ACHIEVEMENT),
    Role.INSTITUTION: (POST_ACHIEVEMENT, IMPORTS),
    Role.COMMISSIONER: (POST_NEED,),
    Role.BROKER: (NEEDS, POST_NEED),
    Role.BROKERAGE_ADMINISTRATOR: (CARRIED,),
    Role.DISTRICT_OFFICIAL: (REVIEW, POST_NEED),
    Role.CITY_OFFICIAL: (REVIEW, POST_NEED),
    Role.ADMINISTRATOR: (REVIEW, IMPORTS),
}


@router.get("/workplace")
def workplace(request: Request, session: SessionDep, actor: KnownActor) -> Response:
    """Her work lists, in the order of urgency; those with nothing in them fold together at the end."""
    lists = work_lists(session, actor)
    role = actor.role
    context = {
        "figures": figures(session, actor),
        "lists": sorted(lists, key=lambda one: one.total == 0),
        "warning": why_not_certified(session, actor),
        "buttons": [place for place in _BUTTONS.get(role, ()) if place.is_for(actor)] if role else [],
        "today": today(),
        "tour": TOURS[role] if role else (),
    }
    return templates.TemplateResponse(request, "workplace/workplace.html", context)
