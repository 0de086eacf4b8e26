"""The closed vocabularies of the platform, each value with its one Chinese label.

Pages, exports and the import all take labels from here; a page never contains a status word as a literal.
Vocabularies that an authority may change (fields, industries, regions) are dated data: `classification.py`.
"""

from enum import StrEnum
from typing import Self


class Labelled(StrEnum):
    """A string enum whose members carry a Chinese `label` and the other spellings offices use."""

    label: str
    aliases: tuple[str, ...]

    def __new__(cls, value: str, label: str, *aliases: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.aliases = aliases
        return member

    @classmethod
    def parse(cls, text: str) -> Self:
        """The member whose value, label or alias is `text`. Raises ValueError naming the allowed labels."""
        wanted = text.strip()
        for member in cls:
            if wanted in (member.value, member.label, *member.aliases):
                return member
        raise ValueError(f"“{text}”不在可选范围内，可填：{'、'.join(member.label for member in cls)}")


class NeedType(Labelled):
    """What kind of help is asked for (domain practice; no national code list exists)."""

    BREAKTHROUGH = "breakthrough", "技术攻关", "难题攻关", "技术难题"
    ADOPTION = "adoption", "成果引进", "技术引进"
    PRODUCT = "product", "产品研发", "新产品开发"
    PROCESS = "process", "工艺改进", "工艺优化"
    EQUIPMENT = "equipment", "设备改造"
    TESTING = "testing", "检验检测"
    STANDARDS_IP = "standards_ip", "标准与知识产权"
    TALENT_PLATFORM = "talent_platform", "人才与平台共建", "平台共建"
    OTHER = "other", "其他"


class PosterType(Labelled):
    """Who asks: the seed report counts needs “企业和政府部门的技术需求”."""

    ENTERPRISE = "enterprise", "企业"
    GOVERNMENT = "government", "政府部门", "政府"
    PARK = "park", "园区"


class CooperationMode(Labelled):
    """Ways of working together; the first seven map to technology-contract categories."""

    COMMISSIONED_DEVELOPMENT = "commissioned_development", "委托开发", "委托研发"
    JOINT_DEVELOPMENT = "joint_development", "合作开发", "联合开发", "合作研发"
    TRANSFER = "transfer", "技术转让", "转让", "专利转让"
    LICENCE = "licence", "技术许可", "许可", "专利许可"
    EQUITY = "equity", "技术入股", "入股", "作价入股"
    CONSULTING = "consulting", "技术咨询", "咨询"
    SERVICE = "service", "技术服务", "服务"
    JOINT_PLATFORM = "joint_platform", "共建平台", "共建研发平台"
    INDEPENDENT = "independent", "独立开发", "自主研发"
    NEGOTIABLE = "negotiable", "面议", "不限", "其他"


class Confidentiality(Labelled):
    """How much of a record others may read."""

    PUBLIC = "public", "公开"
    SUMMARY = "summary", "仅摘要公开", "摘要公开"
    DIRECTED = "directed", "定向", "仅指定对象"
    BROKER_ONLY = "broker_only", "不公开", "不公开(仅经纪人)", "不公开（仅经纪人）", "仅经纪人"


class PostingChannel(Labelled):
    """Who brought the record in."""

    SELF = "self", "企业自填", "自填"
    COLLECTED = "collected", "科技局征集", "征集"
    BROKER = "broker", "经纪人挖掘"
    COMMISSIONER = "commissioner", "特派员", "科技特派员"
    IMPORTED = "imported", "导入"


class Urgency(Labelled):
    LOW = "low", "一般", "不急"
    NORMAL = "normal", "较急", "普通"
    HIGH = "high", "紧急", "急"


class NeedStatus(Labelled):
    """Life of a need. Only a published one is searched and matched."""

    DRAFT = "draft", "草稿"
    PENDING = "pending", "待审核", "待审"
    RETURNED = "returned", "已退回", "退回"
    PUBLISHED = "published", "已发布", "发布"
    CONTRACTED = "contracted", "已签约"
    FULFILLED = "fulfilled", "已解决"
    EXPIRED = "expired", "已过期"
    WITHDRAWN = "withdrawn", "已撤回"
    CLOSED = "closed", "已关闭"


class AchievementStatus(Labelled):
    """Life of an achievement. Published 发布 and registered 登记 are different facts (see `registered_number`)."""

    DRAFT = "draft", "草稿"
    PENDING = "pending", "待审核", "待审"
    RETURNED = "returned", "已退回", "退回"
    PUBLISHED = "published", "已发布", "发布"
    TRANSFERRED = "transferred", "已转化"
    EXPIRED = "expired", "已过期"
    WITHDRAWN = "withdrawn", "已撤回"
    CLOSED = "closed", "已关闭"


class Stage(Labelled):
    """Development stage, beside the nine maturity levels."""

    CONCEPT = "concept", "概念", "概念验证", "研究阶段"
    LAB = "lab", "小试", "实验室", "初期", "初期阶段"
    PILOT = "pilot", "中试", "中期", "中期阶段"
    INDUSTRIAL = "industrial", "产业化", "批量生产", "成熟"
    APPLIED = "applied", "已应用", "成熟应用", "成熟应用阶段"


class PriceMode(Labelled):
    NEGOTIABLE = "negotiable", "面议"
    FIXED = "fixed", "定价", "一口价"
    EQUITY = "equity", "入股", "作价入股"
    AUCTION = "auction", "挂牌竞价", "拍卖", "挂牌"


class IntellectualPropertyType(Labelled):
    INVENTION_PATENT = "invention_patent", "发明专利", "发明"
    UTILITY_MODEL = "utility_model", "实用新型", "实用新型专利"
    DESIGN = "design", "外观设计", "外观"
    SOFTWARE_COPYRIGHT = "software_copyright", "计算机软件著作权", "软件著作权", "软著"
    TECHNICAL_SECRET = "technical_secret", "技术秘密"
    PLANT_VARIETY = "plant_variety", "植物新品种权", "植物新品种"
    CHIP_LAYOUT = "chip_layout", "集成电路布图设计专有权", "集成电路布图设计"
    DRUG_VARIETY = "drug_variety", "生物、医药新品种权", "生物、医药新品种"


class IntellectualPropertyStatus(Labelled):
    PENDING = "pending", "申请中", "受理", "公开"
    GRANTED = "granted", "授权", "有效", "已授权"
    LAPSED = "lapsed", "失效", "已失效"


class Operator(Labelled):
    """How an indicator's target is to be read."""

    AT_LEAST = ">=", "不低于", "≥", "大于等于", "不小于"
    AT_MOST = "<=", "不高于", "≤", "小于等于", "不大于", "不超过"
    MORE_THAN = ">", "大于", "高于", "＞"
    LESS_THAN = "<", "小于", "低于", "＜"
    EQUAL = "=", "等于", "＝"
    RANGE = "range", "范围", "介于"
    TEXT = "text", "文字描述"


class InstitutionType(Labelled):
    UNIVERSITY = "university", "高等院校", "高校", "大学"
    RESEARCH_INSTITUTE = "research_institute", "科研院所", "研究院", "研究所"
    HOSPITAL = "hospital", "医疗卫生机构", "医院"
    NEW_RESEARCH_BODY = "new_research_body", "新型研发机构"
    OTHER = "other", "其他"


class Qualification(Labelled):
    """Qualifications the bureau tracks of an enterprise."""

    HIGH_TECH = "high_tech", "高新技术企业", "高企"
    HIGH_TECH_CANDIDATE = "high_tech_candidate", "高企培育库入库企业", "高企培育"
    TECH_SME = "tech_sme", "科技型中小企业"
    LITTLE_GIANT = "little_giant", "专精特新小巨人", "小巨人"
    LISTED = "listed", "上市企业", "上市"


MATURITY_LABELS: dict[int, str] = {
    # Names of the nine levels as used with GB/T 22900; shown as “TRL 6 正样级”.
    1: "报告级",
    2: "方案级",
    3: "功能级",
    4: "仿真级",
    5: "初样级",
    6: "正样级",
    7: "环境级",
    8: "产品级",
    9: "系统级",
}
