"""The columns each kind of file may have: field, usual headings, how a cell is read, what the template says of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from matchmaker.classification import classification
from matchmaker.ingest import places, values
from matchmaker.ingest.contacts import contact
from matchmaker.models.labels import Confidentiality, CooperationMode, Labelled


class ImportKind(Labelled):
    """What a file holds."""

    NEEDS = "needs", "技术需求"
    ACHIEVEMENTS = "achievements", "科技成果"
    ENTERPRISES = "enterprises", "企业"
    INSTITUTIONS = "institutions", "高校院所"
    BROKERS = "brokers", "技术经纪人", "技术经理人", "技术经济人"
    BROKERAGES = "brokerages", "经纪机构", "技术转移机构", "技术经纪机构"
    CONTRACTS = "contracts", "技术合同"
    ACHIEVEMENT_REGISTRATIONS = "achievement-registrations", "成果登记"
    SIGNINGS = "signings", "现场签约"


@dataclass(frozen=True)
class Column:
    """One column a file may have. `field` is a field of the Create shape, or one that `rows` turns into such.

    `synonyms` are other usual headings, separated by blanks. `required` marks it in the template; `money` says that its
    heading should name a unit; `options` feeds the drop-down; `listed=False` keeps it out of the template.
    """

    field: str
    heading: str
    read: Callable[[Any], Any] = values.text
    synonyms: str = ""
    meaning: str = ""
    example: str = ""
    options: Callable[[], Sequence[str]] | None = None
    several: bool = False
    required: bool = False
    money: bool = False
    listed: bool = True


def labels(enum: type[Labelled]) -> Callable[[], Sequence[str]]:
    return lambda: [member.label for member in enum]


def choice(field: str, heading: str, enum: type[Labelled], synonyms: str = "", *, meaning: str = "") -> Column:
    """A column whose cells hold one value of a closed vocabulary."""
    return Column(field, heading, values.one_of(enum), synonyms, meaning, options=labels(enum))


def hidden(field: str, headings: str = "", *, read: Callable[[Any], Any] = values.text, money: bool = False) -> Column:
    """A column of data files and of other offices' forms, not of the template."""
    return Column(field, headings.partition(" ")[0] or field, read, headings, listed=False, money=money)


CREDIT_CODE_HEADINGS = "社会信用代码 信用代码 单位统一社会信用代码 企业统一社会信用代码 统一信用代码"
CONTACT_COLUMNS = (
    Column(
        "contact_name",
        "联系人",
        values.text,
        "联系人姓名 姓名 需求联系人 企业联系人 成果联系人 单位联系人",
        "不公开",
        "技术部",
    ),
    Column(
        "contact_phone",
        "联系电话",
        values.text,
        "手机 电话 手机号 手机号码 联系人电话 联系人手机 联系人联系电话 固定电话 办公电话 联系人手机号",
        "不公开",
        "0558-0000000",
    ),
    Column("contact_email", "电子信箱", values.text, "邮箱 电子邮箱 电子邮件 联系人邮箱 email e-mail", "不公开"),
    hidden(
        "contact", "联系方式 联系人及电话 联系人及联系方式 联系人及联系电话 联系人联系方式 联系人/电话", read=contact
    ),
)
FIELD_COLUMNS = (
    Column(
        "technology_field",
        "技术领域",
        places.technology_field,
        "所属领域 需求技术所属领域 所属技术领域 成果所属领域 应用领域 领域",
        "技术合同登记的 11 类领域之一",
        "新材料及其应用",
        lambda: [entry.label for entry in classification().technology_fields.entries],
    ),
    Column(
        "hitech_field",
        "高新技术领域",
        values.text,
        "国家重点支持的高新技术领域 所属高新技术领域 高新领域",
        "国家重点支持的高新技术领域，可不填",
        "",
        lambda: [entry.label for entry in classification().hitech_fields.entries],
    ),
    Column(
        "city_industry",
        "所属产业",
        values.text,
        "产业 重点产业 产业类别 产业领域 本市产业 产业方向 所属重点产业",
        "本市规划的产业",
        "",
        lambda: [entry.label for entry in classification().city.industries.entries],
    ),
    hidden("emerging_industry", "战略性新兴产业 所属战略性新兴产业"),
)
ELEMENT_COLUMNS = tuple(
    Column(f"elements.{name}", heading, values.text, synonyms, meaning)
    for name, heading, synonyms, meaning in (
        ("material", "涉及材料", "材料 五要素材料", "技术涉及的材料或对象"),
        ("method", "技术方法", "方法 五要素方法", "已知或设想的方法"),
        ("efficacy", "技术功效", "功效 五要素功效 期望功效", "要达到的作用"),
        ("product", "相关产品", "产品 五要素产品", "用在什么产品上"),
        ("application", "应用场景", "应用 五要素应用 应用环境", "用在什么场合"),
    )
)
REGION_COLUMN = Column(
    "region_code",
    "所在县市区",
    places.region,
    "县市区 所属区县 所在地 地区 区县 所在区域 行政区划 行政区划代码 所属地区 所属县市区 所在地区 区域 所在区县",
    "名称或六位行政区划代码；外地请写全称，如 江苏省南京市鼓楼区",
    "",
    lambda: [entry.label for entry in classification().city.districts.entries],
)
PARK_COLUMN = Column(
    "park",
    "所在园区",
    values.text,
    "园区 所属园区 所属开发区",
    "本市登记的园区，不在园区可不填",
    "",
    lambda: list(classification().city.parks),
)
CONFIDENTIALITY_COLUMN = choice(
    "confidentiality", "公开程度", Confidentiality, "保密要求 公开方式 公开范围 保密程度", meaning="不填即公开"
)
VALID_UNTIL_COLUMN = Column(
    "valid_until", "有效期至", values.deadline, "有效期 有效期限 有效截止日期", "过期后不再推荐", "2027-12-31"
)
KEYWORDS_COLUMN = Column(
    "keywords", "关键词", values.words, "关键字 关键词组 技术关键词", "1—5 个，用、分隔", "无纺布、抗菌", several=True
)
MODES_COLUMN = Column(
    "cooperation_modes",
    "合作方式",
    values.some_of(CooperationMode),
    "技术需求解决方式 解决方式 拟合作方式 合作模式 合作形式 意向合作方式 "
    "拟采取的合作方式 转化方式 拟转化方式 成果转化方式",
    "可填多项，用、分隔",
    "委托开发、合作开发",
    labels(CooperationMode),
    several=True,
)
