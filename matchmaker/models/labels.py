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

    BREAKTHROUGH = (
        "breakthrough",
        "技术攻关",
        "难题攻关",
        "技术难题",
        "关键技术研发",
        "关键技术攻关",
        "技术研发",
        "技术开发",
        "关键核心技术攻关",
        "技术难题攻关",
    )
    ADOPTION = "adoption", "成果引进", "技术引进", "成果转化", "技术引进消化吸收"
    PRODUCT = "product", "产品研发", "新产品开发", "产品升级", "产品开发", "新产品研发", "产品升级换代"
    PROCESS = "process", "工艺改进", "工艺优化", "工艺改造", "工艺升级", "工艺创新"
    EQUIPMENT = "equipment", "设备改造", "技术改造", "装备改造", "设备升级", "装备研制", "设备研发"
    TESTING = "testing", "检验检测", "检测检验", "分析测试"
    STANDARDS_IP = "standards_ip", "标准与知识产权"
    TALENT_PLATFORM = "talent_platform", "人才与平台共建", "平台共建"
    OTHER = "other", "其他"


class PosterType(Labelled):
    """Who asks: the seed report counts needs “企业和政府部门的技术需求”."""

    ENTERPRISE = "enterprise", "企业", "企业单位", "公司"
    GOVERNMENT = "government", "政府部门", "政府", "政府机构", "机关", "行政机关"
    PARK = "park", "园区"


class CooperationMode(Labelled):
    """Ways of working together; the first seven map to technology-contract categories."""

    COMMISSIONED_DEVELOPMENT = (
        "commissioned_development",
        "委托开发",
        "委托研发",
        "技术委托开发",
        "委托研究",
    )
    JOINT_DEVELOPMENT = (
        "joint_development",
        "合作开发",
        "联合开发",
        "合作研发",
        "联合攻关",
        "联合研发",
        "产学研合作",
        "合作研究",
        "共同开发",
        "联合研究",
    )
    TRANSFER = (
        "transfer",
        "技术转让",
        "转让",
        "专利转让",
        "成果转让",
        "专利权转让",
        "技术秘密转让",
        "所有权转让",
        "整体转让",
        "技术引进",
    )
    LICENCE = (
        "licence",
        "技术许可",
        "许可",
        "专利许可",
        "许可使用",
        "许可实施",
        "专利实施许可",
        "实施许可",
        "普通许可",
        "独占许可",
        "排他许可",
        "使用许可",
        "授权许可",
        "技术授权",
        "许可转让",
        "开放许可",
    )
    EQUITY = (
        "equity",
        "技术入股",
        "入股",
        "作价入股",
        "作价投资",
        "技术作价",
        "技术作价入股",
        "技术参股",
        "技术投资",
        "折股投资",
        "成果作价入股",
        "专利入股",
    )
    CONSULTING = "consulting", "技术咨询", "咨询", "咨询服务"
    SERVICE = "service", "技术服务", "服务", "技术指导", "技术支持"
    JOINT_PLATFORM = (
        "joint_platform",
        "共建平台",
        "共建研发平台",
        "共建实验室",
        "共建研发机构",
        "共建联合实验室",
        "平台共建",
        "共建研发中心",
    )
    INDEPENDENT = "independent", "独立开发", "自主研发", "自主开发", "独立研发"
    NEGOTIABLE = "negotiable", "面议", "不限", "其他", "其它", "均可", "协商", "待定", "合作方式不限"


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
    HIGH = "high", "紧急", "急", "非常紧急", "特急", "十分紧急", "很急", "急需"


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

    CONCEPT = (
        "concept",
        "概念",
        "概念验证",
        "研究阶段",
        "研究",
        "研发",
        "研发阶段",
        "理论研究",
        "原理验证",
        "在研",
        "方案",
        "基础研究",
    )
    LAB = (
        "lab",
        "小试",
        "实验室",
        "初期",
        "初期阶段",
        "小试阶段",
        "实验室阶段",
        "小批量试制",
        "样机",
        "样品",
        "样机阶段",
        "原型",
        "原理样机",
        "试验",
    )
    PILOT = (
        "pilot",
        "中试",
        "中期",
        "中期阶段",
        "中试阶段",
        "中试放大",
        "工程样机",
        "工业性试验",
        "小批量",
        "小批量生产",
        "试生产",
    )
    INDUSTRIAL = (
        "industrial",
        "产业化",
        "批量生产",
        "成熟",
        "产业化阶段",
        "量产",
        "批产",
        "工业化",
        "可产业化",
        "批量",
        "规模化生产",
        "规模化",
        "大批量生产",
        "工业化生产",
        "可量产",
    )
    APPLIED = (
        "applied",
        "已应用",
        "成熟应用",
        "成熟应用阶段",
        "应用",
        "推广应用",
        "已转化",
        "示范应用",
        "已推广应用",
        "应用推广",
        "已产业化",
        "已投产",
    )


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
