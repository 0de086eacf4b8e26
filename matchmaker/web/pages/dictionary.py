"""The dictionary of searches, for the administrator: groups of her own, and the bundled lines to change or switch off."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from indexing.thesaurus import SEPARATOR
from matchmaker.dictionary import (
    FILE_LABELS,
    add_group,
    bundled_lines,
    change_group,
    names_of,
    own_groups,
    remove_group,
    replace_line,
    thesaurus,
)
from matchmaker.errors import LimitReached, MalformedRequest, RecordAlreadyExists
from matchmaker.rights import Actor, Right
from matchmaker.web.api.shapes import LARGEST_ID
from matchmaker.web.dependencies import Requires, SessionDep
from matchmaker.web.forms import FormErrors, SubmittedForm, answer_redirect, text_of
from matchmaker.web.pages.paging import Paging, paging
from matchmaker.web.templating import templates

router = APIRouter(prefix="/dictionary", include_in_schema=False, default_response_class=Response)

Administrator = Annotated[Actor, Depends(Requires(Right.ADMINISTER))]
GroupId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Pages = Annotated[Paging, Depends(paging)]


@router.get("")
def dictionary_page(
    request: Request,
    session: SessionDep,
    _administrator: Administrator,
    pages: Pages,
    q: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Her own groups, and those of the bundled lines that contain a word."""
    return _page(request, session, pages, q)


@router.post("/groups")
def add(request: Request, session: SessionDep, administrator: Administrator, form: SubmittedForm) -> Response:
    """A group more; it counts from the next search on."""
    errors = FormErrors()
    try:
        add_group(session, names_of(text_of(form, "words")), by=administrator)
    except (MalformedRequest, RecordAlreadyExists, LimitReached) as error:
        errors.add("words", f"{error}：{error.fix}")
        return _page(request, session, Paging("/dictionary", (), 1), "", {"words": text_of(form, "words")}, errors)
    return answer_redirect(request, "/dictionary", flash="saved")


@router.post("/groups/{group_id:int}")
def change(
    request: Request, session: SessionDep, administrator: Administrator, group_id: GroupId, form: SubmittedForm
) -> Response:
    """Other names for one of her groups, or, with `remove`, none: the group is forgotten."""
    if form.get("remove"):
        remove_group(session, group_id)
        return answer_redirect(request, "/dictionary", flash="deleted")
    change_group(session, group_id, names_of(text_of(form, "words")), by=administrator)
    return answer_redirect(request, "/dictionary", flash="saved")


@router.post("/lines")
def change_line(request: Request, session: SessionDep, administrator: Administrator, form: SubmittedForm) -> Response:
    """Change a bundled line, or, with `off`, switch it off; `as_bundled` takes the change back."""
    key = text_of(form, "key")
    if form.get("as_bundled"):
        line = next((line for line in bundled_lines(session) if line.key == key and line.change), None)
        if line is not None and line.change is not None and line.change.id is not None:
            remove_group(session, line.change.id)
    else:
        names = [] if form.get("off") else names_of(text_of(form, "words"))
        replace_line(session, key, names, by=administrator)
    return answer_redirect(request, "/dictionary", flash="saved")


def _page(
    request: Request,
    session: SessionDep,
    pages: Paging,
    wanted: str,
    values: Mapping[str, str] | None = None,
    errors: FormErrors | None = None,
) -> Response:
    lines = bundled_lines(session, wanted)
    context: dict[str, Any] = {
        "groups": own_groups(session),
        "lines": lines[pages.offset : pages.offset + pages.size],
        "pages": pages.of(len(lines)),
        "total": len(lines),
        "wanted": wanted,
        "others": thesaurus(session).others(wanted) if wanted else (),
        "files": FILE_LABELS,
        "separator": SEPARATOR,
        "values": values or {},
        "errors": errors or FormErrors(),
    }
    return templates.TemplateResponse(request, "dictionary.html", context, status_code=422 if errors else 200)
