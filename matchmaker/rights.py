"""Who may do what: the one table of roles and rights, and the person who acts.

Rights say what a role may do at all. Which rows it may do it to is said by `visibility.py` (reading) and by the
verbs themselves (writing): a district official reviews, but only what belongs to the district.
"""

from dataclasses import dataclass

from matchmaker.models.account import Role, Scope
from matchmaker.models.labels import Labelled


class Right(Labelled):
    """One thing that somebody may do or not. A right never implies another."""

    POST_NEEDS = "post_needs", "发布技术需求"
    POST_FOR_OTHERS = "post_for_others", "代企业填报"
    PUBLISH_ACHIEVEMENTS = "publish_achievements", "发布科技成果"
    IMPORT = "import", "批量导入"
    CARRY_MATCHES = "carry_matches", "承办对接"
    ASSIGN_BROKERS = "assign_brokers", "分派经纪人"
    REVIEW = "review", "审核发布"
    PUBLISH_DIRECTLY = "publish_directly", "不经审核直接入库"
    RUN_CAMPAIGNS = "run_campaigns", "组织征集批次"
    MANAGE_MEMBERS = "manage_members", "管理本单位成员"
    MANAGE_BROKERS = "manage_brokers", "管理经纪人与经纪机构"
    MANAGE_ACCOUNTS = "manage_accounts", "管理账号"
    RECORD_CONTRACTS = "record_contracts", "登记合同台账"
    RECORD_REGISTRATIONS = "record_registrations", "记录认定登记结果"
    READ_TURNOVER = "read_turnover", "查看成交额统计"
    SET_TARGETS = "set_targets", "设定目标"
    MAKE_REPORTS = "make_reports", "编制报告"
    READ_AUDIT = "read_audit", "查看操作记录"
    ADMINISTER = "administer", "系统管理"


_OFFICIAL = frozenset(
    {
        Right.POST_NEEDS,
        Right.POST_FOR_OTHERS,
        Right.IMPORT,
        Right.ASSIGN_BROKERS,
        Right.REVIEW,
        Right.RUN_CAMPAIGNS,
        Right.READ_AUDIT,
        Right.MANAGE_MEMBERS,
        Right.RECORD_CONTRACTS,
        Right.RECORD_REGISTRATIONS,
        Right.READ_TURNOVER,
        Right.MAKE_REPORTS,
    }
)

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.ENTERPRISE: frozenset(
        {
            Right.POST_NEEDS,
            Right.PUBLISH_ACHIEVEMENTS,
            Right.IMPORT,
            Right.MANAGE_MEMBERS,
            Right.RECORD_CONTRACTS,
        }
    ),
    Role.INSTITUTION: frozenset(
        {Right.PUBLISH_ACHIEVEMENTS, Right.IMPORT, Right.MANAGE_MEMBERS, Right.RECORD_CONTRACTS}
    ),
    Role.COMMISSIONER: frozenset({Right.POST_NEEDS, Right.POST_FOR_OTHERS}),
    Role.BROKER: frozenset({Right.POST_NEEDS, Right.POST_FOR_OTHERS, Right.CARRY_MATCHES, Right.RECORD_CONTRACTS}),
    Role.BROKERAGE_ADMINISTRATOR: frozenset(
        {Right.CARRY_MATCHES, Right.ASSIGN_BROKERS, Right.MANAGE_MEMBERS, Right.RECORD_CONTRACTS}
    ),
    Role.DISTRICT_OFFICIAL: _OFFICIAL,
    Role.CITY_OFFICIAL: _OFFICIAL
    | {
        Right.PUBLISH_ACHIEVEMENTS,
        Right.PUBLISH_DIRECTLY,
        Right.MANAGE_BROKERS,
        Right.MANAGE_ACCOUNTS,
        Right.SET_TARGETS,
    },
    Role.ADMINISTRATOR: frozenset(Right) - {Right.CARRY_MATCHES},
}

# What a program's key must have been given before it may use a right of its account.
SCOPES: dict[Right, Scope] = {
    Right.POST_NEEDS: Scope.WRITE,
    Right.POST_FOR_OTHERS: Scope.WRITE,
    Right.PUBLISH_ACHIEVEMENTS: Scope.WRITE,
    Right.CARRY_MATCHES: Scope.WRITE,
    Right.IMPORT: Scope.IMPORT,
    Right.ASSIGN_BROKERS: Scope.MANAGE,
    Right.REVIEW: Scope.MANAGE,
    Right.PUBLISH_DIRECTLY: Scope.MANAGE,
    Right.RUN_CAMPAIGNS: Scope.MANAGE,
    Right.MANAGE_MEMBERS: Scope.MANAGE,
    Right.MANAGE_BROKERS: Scope.MANAGE,
    Right.MANAGE_ACCOUNTS: Scope.MANAGE,
    Right.RECORD_CONTRACTS: Scope.WRITE,
    Right.RECORD_REGISTRATIONS: Scope.MANAGE,
    Right.READ_TURNOVER: Scope.READ,
    Right.SET_TARGETS: Scope.MANAGE,
    Right.MAKE_REPORTS: Scope.MANAGE,
    Right.READ_AUDIT: Scope.MANAGE,
    Right.ADMINISTER: Scope.MANAGE,
}


@dataclass(frozen=True)
class Actor:
    """The person (or program) who asks or acts. `ANYONE` is nobody in particular: the public.

    `scopes` limits a program that uses a key; None for a person in her browser.
    `is_certified` holds for a broker with a valid certificate and an active brokerage membership.
    """

    account_id: int | None = None
    name: str = ""
    role: Role | None = None
    enterprise_id: int | None = None
    institution_id: int | None = None
    brokerage_id: int | None = None
    broker_id: int | None = None
    region_code: str | None = None
    is_certified: bool = False
    must_change_password: bool = False
    scopes: frozenset[Scope] | None = None
    session_id: int | None = None
    address: str = ""
    request_id: str = ""

    def has(self, right: Right) -> bool:
        """Has this role the right, whatever key is used?"""
        return self.role is not None and right in RIGHTS[self.role]

    def may(self, right: Right) -> bool:
        """Has this role the right, and this key the scope for it?"""
        return self.has(right) and (self.scopes is None or SCOPES[right] in self.scopes)

    @property
    def is_known(self) -> bool:
        """Is anybody logged in at all?"""
        return self.account_id is not None

    @property
    def is_official(self) -> bool:
        return self.role in (Role.DISTRICT_OFFICIAL, Role.CITY_OFFICIAL, Role.ADMINISTRATOR)

    @property
    def oversees_everything(self) -> bool:
        """City officials and the administrator; a district official oversees the district only."""
        return self.role in (Role.CITY_OFFICIAL, Role.ADMINISTRATOR)

    @property
    def reads_as_broker(self) -> bool:
        """May she read what is open to certified brokers? A brokerage's administrator reads as its brokers do."""
        return self.is_certified or self.role is Role.BROKERAGE_ADMINISTRATOR

    def oversees(self, region_code: str | None) -> bool:
        """Is what lies in this region hers to oversee? Codes of towns and parks begin with their district's."""
        if self.oversees_everything:
            return True
        own = self.region_code if self.role is Role.DISTRICT_OFFICIAL else None
        return bool(own and region_code and region_code.startswith(own))


ANYONE = Actor()
# What the platform does by itself: duties, relays, commands of whoever sits at the machine.
PLATFORM = Actor(name="平台", role=Role.ADMINISTRATOR)
