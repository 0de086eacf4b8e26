"""Help: what each role can do, the keys, and the tour of each role as a page."""

from fastapi import APIRouter, Request, Response

from matchmaker.models.account import Role
from matchmaker.rights import RIGHTS, Right
from matchmaker.web.dependencies import ActorDep
from matchmaker.web.pages.tours import TOURS
from matchmaker.web.templating import templates

router = APIRouter(include_in_schema=False, default_response_class=Response)

# Keys as `static/app.js` knows them.
SHORTCUTS: tuple[tuple[str, str], ...] = (
    ("/", "跳到本页的检索框；没有检索框的页面打开“前往”"),
    ("Ctrl + K", "前往任何页面、记录或单位"),
    ("?", "打开帮助"),
    ("Esc", "关闭弹出的窗口"),
)
# Words of the platform that everyday language does not explain.
GLOSSARY: tuple[tuple[str, str], ...] = (
    (
        "匹配度",
        "专家会认为对口的可能性，分高、中、低三档：先看正文和各项要求，再看领域、成熟度、预算等；不符合硬性要求的不会是“高”，未达到“低”的只列为“可能相关”。",
    ),
    ("承办", "经纪人把一个推荐接过来负责，承办时间即备案时间。"),
    ("引荐", "经纪人把双方介绍给对方，双方各自答复同意或谢绝。"),
    ("成熟度（TRL）", "国家标准 GB/T 22900 的九级技术就绪水平，从报告级到系统级。"),
    ("有效期", "每条记录都有；到期前会请发布方确认，没有确认的先靠后排列，再关闭。"),
    ("仅对接双方", "只有发布方、成果方或需求方在双方同意对接之后才能看到。"),
)


@router.get("/help")
def help_page(request: Request, actor: ActorDep) -> Response:
    """What each role may do, the keys, and words explained."""
    # In the order of the table of rights, not of a set.
    rights = {role: [right.label for right in Right if right in RIGHTS[role]] for role in Role}
    context = {"rights": rights, "shortcuts": SHORTCUTS, "glossary": GLOSSARY}
    return templates.TemplateResponse(request, "help/help.html", context)


@router.get("/help/tour/{role}")
def tour(request: Request, actor: ActorDep, role: Role) -> Response:
    """The tour of one role; anybody may read it, it shows no records."""
    return templates.TemplateResponse(request, "help/tour.html", {"role": role, "tour": TOURS[role]})
