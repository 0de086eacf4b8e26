"""匹配质量: how good the recommendations are, for anybody to read."""

from fastapi import APIRouter, Request, Response

from matchmaker.matching.coefficients import coefficients_in_force, packaged
from matchmaker.matching_quality import LEAST_ANSWERS, matching_quality
from matchmaker.web.dependencies import ActorDep, SessionDep
from matchmaker.web.templating import templates

router = APIRouter(include_in_schema=False, default_response_class=Response)


@router.get("/matching-quality")
def matching_quality_page(request: Request, session: SessionDep, _reader: ActorDep) -> Response:
    """By band: what became of recommendations here, and how many judged pairs are good ones."""
    indexes = request.app.state.indexes
    in_force = coefficients_in_force(indexes) if indexes is not None else packaged()
    found = matching_quality(session, in_force, indexes.meaning.name if indexes is not None else None)
    context = {"quality": found, "least": LEAST_ANSWERS}
    return templates.TemplateResponse(request, "quality.html", context)
