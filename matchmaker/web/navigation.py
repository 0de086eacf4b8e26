"""Where one can go: the pages of the platform by name, who uses them, and the menu of each role."""

from collections.abc import Sequence
from dataclasses import dataclass

from matchmaker.models.account import Role
from matchmaker.rights import Actor, Right


@dataclass(frozen=True)
class Place:
    """One page one can go to. `rights`: one of them is enough; without any, `known` asks for a login at least."""

    path: str
    name: str
    rights: tuple[Right, ...] = ()
    known: bool = False

    def is_for(self, actor: Actor) -> bool:
        """May she open it?"""
        if self.rights:
            return any(actor.may(right) for right in self.rights)
        return actor.is_known or not self.known


HOME = Place("/", "首页")
NEEDS = Place("/needs", "技术需求")
ACHIEVEMENTS = Place("/achievements", "科技成果")
CAMPAIGNS = Place("/campaigns", "征集批次")
BROKERS = Place("/brokers", "经纪人")
BROKERAGES = Place("/brokerages", "经纪机构")
WORKPLACE = Place("/workplace", "工作台", known=True)
CARRIED = Place("/carried", "对接", known=True)
MY_NEEDS = Place("/my/needs", "我的需求", (Right.POST_NEEDS,))
MY_ACHIEVEMENTS = Place("/my/achievements", "我的成果", (Right.PUBLISH_ACHIEVEMENTS,))
POST_NEED = Place("/post/needs", "发布需求", (Right.POST_NEEDS,))
POST_ACHIEVEMENT = Place("/post/achievements", "发布成果", (Right.PUBLISH_ACHIEVEMENTS,))
IMPORTS = Place("/imports", "批量导入", (Right.IMPORT,))
REVIEW = Place("/review", "审核", (Right.REVIEW,))
OVERSIGHT_NEEDS = Place("/oversight/needs", "辖区需求", (Right.REVIEW,))
OVERSIGHT_ACHIEVEMENTS = Place("/oversight/achievements", "辖区成果", (Right.REVIEW,))
SHORTLIST = Place("/shortlist", "收藏夹", known=True)
MATCH_FEEDBACK = Place("/match-feedback", "我的评价", known=True)
SAVED_SEARCHES = Place("/saved-searches", "检索订阅", known=True)
SCORECARDS = Place("/scorecards", "经纪人业绩", (Right.CARRY_MATCHES, Right.REVIEW))
CONTRACTS = Place("/contracts", "合同台账", (Right.RECORD_CONTRACTS,))
DASHBOARD = Place("/dashboard", "成交看板", (Right.READ_TURNOVER,))
TURNOVER = Place("/turnover", "成交额统计", (Right.READ_TURNOVER,))
TARGETS = Place("/targets", "目标", (Right.READ_TURNOVER,))
SNAPSHOTS = Place("/snapshots", "统计快照", (Right.READ_TURNOVER,))
REPORTS = Place("/reports", "工作报告", (Right.MAKE_REPORTS,))
RULES = Place("/registration-rules", "登记规则", (Right.RECORD_CONTRACTS,))
RECONCILIATION = Place("/reconciliation", "登记对账", (Right.RECORD_REGISTRATIONS,))
MEMBERS = Place("/members", "成员管理", (Right.MANAGE_MEMBERS,))
ACCOUNTS = Place("/accounts", "账号管理", (Right.MANAGE_ACCOUNTS,))
DICTIONARY = Place("/dictionary", "检索词典", (Right.ADMINISTER,))
AUDIT = Place("/audit", "操作记录", (Right.READ_AUDIT,))
NOTICES = Place("/notices", "通知", known=True)
NOTICE_CHOICES = Place("/account/notices", "通知设置", known=True)
ACCOUNT = Place("/account", "账号", known=True)
MATCHING_QUALITY = Place("/matching-quality", "匹配质量")
HELP = Place("/help", "帮助")

# Every page one can go to by its name, in the order they are offered.
PLACES: tuple[Place, ...] = (
    WORKPLACE,
    POST_NEED,
    POST_ACHIEVEMENT,
    MY_NEEDS,
    MY_ACHIEVEMENTS,
    REVIEW,
    CARRIED,
    IMPORTS,
    NEEDS,
    ACHIEVEMENTS,
    OVERSIGHT_NEEDS,
    OVERSIGHT_ACHIEVEMENTS,
    CAMPAIGNS,
    SHORTLIST,
    SAVED_SEARCHES,
    MATCH_FEEDBACK,
    CONTRACTS,
    DASHBOARD,
    TURNOVER,
    TARGETS,
    SNAPSHOTS,
    REPORTS,
    RECONCILIATION,
    RULES,
    SCORECARDS,
    BROKERS,
    BROKERAGES,
    MEMBERS,
    ACCOUNTS,
    DICTIONARY,
    AUDIT,
    NOTICES,
    NOTICE_CHOICES,
    ACCOUNT,
    MATCHING_QUALITY,
    HELP,
    HOME,
)

# The first entries of the menu stand in the bar, as many as fit beside the name of the site; the rest under 更多.
IN_BAR = 6
_PUBLIC = (HOME, NEEDS, ACHIEVEMENTS, CAMPAIGNS, BROKERS)
_OFFICIAL = (
    WORKPLACE,
    DASHBOARD,
    CONTRACTS,
    REVIEW,
    CARRIED,
    NEEDS,
    ACHIEVEMENTS,
    TURNOVER,
    TARGETS,
    SNAPSHOTS,
    REPORTS,
    RECONCILIATION,
    CAMPAIGNS,
    OVERSIGHT_NEEDS,
    OVERSIGHT_ACHIEVEMENTS,
    POST_NEED,
    IMPORTS,
    SCORECARDS,
    BROKERS,
    BROKERAGES,
    MEMBERS,
    ACCOUNTS,
    AUDIT,
)
_MENUS: dict[Role, tuple[Place, ...]] = {
    Role.ENTERPRISE: (
        WORKPLACE,
        MY_NEEDS,
        CARRIED,
        CONTRACTS,
        NEEDS,
        ACHIEVEMENTS,
        CAMPAIGNS,
        MY_ACHIEVEMENTS,
        IMPORTS,
        SHORTLIST,
        BROKERS,
        MEMBERS,
    ),
    Role.INSTITUTION: (
        WORKPLACE,
        MY_ACHIEVEMENTS,
        CARRIED,
        CONTRACTS,
        NEEDS,
        ACHIEVEMENTS,
        IMPORTS,
        SHORTLIST,
        SAVED_SEARCHES,
        CAMPAIGNS,
        BROKERS,
        MEMBERS,
    ),
    Role.COMMISSIONER: (WORKPLACE, MY_NEEDS, NEEDS, ACHIEVEMENTS, CAMPAIGNS, CARRIED, SHORTLIST, BROKERS),
    Role.BROKER: (
        WORKPLACE,
        CARRIED,
        CONTRACTS,
        NEEDS,
        ACHIEVEMENTS,
        SAVED_SEARCHES,
        SHORTLIST,
        MY_NEEDS,
        CAMPAIGNS,
        SCORECARDS,
        BROKERS,
    ),
    Role.BROKERAGE_ADMINISTRATOR: (
        WORKPLACE,
        CARRIED,
        CONTRACTS,
        NEEDS,
        ACHIEVEMENTS,
        SCORECARDS,
        MEMBERS,
        SAVED_SEARCHES,
        SHORTLIST,
        BROKERS,
        BROKERAGES,
    ),
    Role.DISTRICT_OFFICIAL: _OFFICIAL,
    Role.CITY_OFFICIAL: _OFFICIAL,
    Role.ADMINISTRATOR: (
        WORKPLACE,
        ACCOUNTS,
        AUDIT,
        DICTIONARY,
        *(place for place in _OFFICIAL[1:] if place not in (ACCOUNTS, AUDIT)),
    ),
}


@dataclass(frozen=True)
class Entry:
    """One entry of the menu on the page that is being shown."""

    place: Place
    # What `aria-current` says: this page, or the part of the site it lies in.
    current: str


@dataclass(frozen=True)
class Menu:
    """What stands in the bar and what is folded away behind it."""

    bar: Sequence[Entry]
    more: Sequence[Entry]


def menu(actor: Actor, path: str) -> Menu:
    """The menu of this person; nothing in it that she may not open."""
    places = _MENUS[actor.role] if actor.role is not None else _PUBLIC
    entries = [Entry(place, _current(place, path)) for place in places if place.is_for(actor)]
    return Menu(entries[:IN_BAR], entries[IN_BAR:])


def _current(place: Place, path: str) -> str:
    if path == place.path:
        return "page"
    return "true" if place.path != "/" and path.startswith(f"{place.path}/") else ""
