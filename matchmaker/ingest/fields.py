"""The columns each kind of file may have: field, usual headings, how a cell is read, what the template says of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from matchmaker.classification import classification
from matchmaker.ingest import days, identifiers, places, values
from matchmaker.ingest.contacts import contact
from matchmaker.ingest.secrecy import reader_of
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
    # A blank cell says something, too.
    reads_blank: bool = False


def labels(enum: type[Labelled]) -> Callable[[], Sequence[str]]:
    return lambda: [member.label for member in enum]


def choice(field: str, heading: str, enum: type[Labelled], synonyms: str = "", *, meaning: str = "") -> Column:
    """A column whose cells hold one value of a closed vocabulary."""
    return Column(field, heading, values.one_of(enum), synonyms, meaning, options=labels(enum))


def hidden(field: str, headings: str = "", *, read: Callable[[Any], Any] = values.text, money: bool = False) -> Column:
    """A column of data files and of other offices' forms, not of the template."""
    return Column(field, headings.partition(" ")[0] or field, read, headings, listed=False, money=money)


CREDIT_CODE_HEADINGS = (
    "社会信用代码 信用代码 单位统一社会信用代码 企业统一社会信用代码 统一信用代码 企业信用代码 单位信用代码 "
    "机构信用代码 统一社会信用代码(组织机构代码) 组织机构代码(统一社会信用代码) 统一社会信用码 社会统一信用代码 "
    "统一社会信用代码证号 统一社会代码"
)
CONTACT_COLUMNS = (
    Column(
        "contact_name",
        "联系人",
        values.text,
        "联系人姓名 姓名 需求联系人 企业联系人 成果联系人 单位联系人 "
        "技术联系人 项目联系人 联络人 联系人(姓名) 对接人 技术对接人 需求对接人 企业对接人 联系专家 填报人 经办人 填表人 负责人 项目经理 "
        "技术负责人 企业技术负责人",
        "不公开",
        "技术部",
    ),
    Column(
        "contact_phone",
        "联系电话",
        identifiers.exact_text,
        "手机 电话 手机号 手机号码 联系人电话 联系人手机 联系人联系电话 固定电话 办公电话 联系人手机号 移动电话 "
        "座机 电话号码 联系号码 联系手机 单位电话 企业电话 手机电话 联系人移动电话 对接人电话 对接人联系方式 联系人手机号码 "
        "电话/手机 手机/电话 联系电话(手机) 微信号 微信 qq qq号 传真",
        "不公开",
        "0558-0000000",
    ),
    Column(
        "contact_email",
        "电子信箱",
        values.text,
        "邮箱 电子邮箱 电子邮件 联系人邮箱 email e-mail 邮箱地址 电子邮箱地址 电子邮件地址 联系邮箱 联系人电子邮箱 mail",
        "不公开",
    ),
    hidden(
        "contact",
        "联系方式 联系人及电话 联系人及联系方式 联系人及联系电话 联系人联系方式 联系人/电话 联系人/联系电话 联系人/联系方式 联系人(电话) 联系人和电话 联系人与电话 "
        "联系人和联系方式 联系信息 联系人信息 联系电话及联系人 对接人及联系方式 联系人姓名及电话 联系人姓名及联系方式",
        read=contact,
    ),
)
FIELD_COLUMNS = (
    Column(
        "technology_field",
        "技术领域",
        places.technology_field,
        "所属领域 需求技术所属领域 所属技术领域 成果所属领域 应用领域 领域 技术所属领域 需求领域 需求所属领域 需求技术领域 成果领域 "
        "行业技术领域 技术领域分类 技术类别 技术分类 所属科技领域 科技领域 专业领域 成果技术领域 领域分类 领域类别 学科领域 "
        "技术方向 一级领域 一级技术领域",
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
        "产业 重点产业 产业类别 产业领域 本市产业 产业方向 所属重点产业 所属产业链 产业链 重点产业链 "
        "所属产业领域 重点产业领域 所属重点产业链 对应产业 产业集群 主导产业",
        "本市规划的产业",
        "",
        lambda: [entry.label for entry in classification().city.industries.entries],
    ),
    hidden("emerging_industry", "战略性新兴产业 所属战略性新兴产业 战略性新兴产业领域 战略性新兴产业分类"),
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
    "县市区 所属区县 所在地 地区 区县 所在区域 行政区划 行政区划代码 所属地区 所属县市区 所在地区 区域 所在区县 "
    "所在地域 地域 所在市县 所属区域 所属地域 所属地市 所属市县 所在县区 所属县区 县区 县(市、区) 区县(市) 市县 所在县(市、区) 所属县(市、区) 所在省市 "
    "所属省市 省市 省市区 所在城市 城市 企业所在地 企业所在地区 单位所在地区 注册地 注册地区 属地 所属属地 所在市(县、区) 地市 "
    "所在省份 省份 需求所在地 所在区 所属区 企业所在区县 企业所属区县 企业所在区域 单位地区 区划 区市县",
    "名称或六位行政区划代码；外地请写全称，如 江苏省南京市鼓楼区",
    "",
    lambda: [entry.label for entry in classification().city.districts.entries],
)
PARK_COLUMN = Column(
    "park",
    "所在园区",
    values.text,
    "园区 所属园区 所属开发区 所在开发区 园区名称 开发区",
    "本市登记的园区，不在园区可不填",
    "",
    lambda: list(classification().city.parks),
)
CONFIDENTIALITY_COLUMN = Column(
    "confidentiality",
    "公开程度",
    reader_of("公开程度"),
    "公开方式 公开范围",
    "不填即公开",
    options=labels(Confidentiality),
)
VALID_UNTIL_COLUMN = Column(
    "valid_until",
    "有效期至",
    days.deadline,
    "有效期 有效期限 有效截止日期 信息有效期 需求有效期 成果有效期 发布截止日期 发布有效期 有效期截止",
    "过期后不再推荐",
    "2027-12-31",
)
KEYWORDS_COLUMN = Column(
    "keywords",
    "关键词",
    values.words,
    "关键字 关键词组 技术关键词 关键词语 标签 技术标签 主题词 需求关键词 成果关键词 技术关键字 关键技术词 细分领域 所属细分领域 二级领域 二级技术领域 细分技术领域",
    "1—5 个，用、分隔",
    "无纺布、抗菌",
    several=True,
)
MODES_COLUMN = Column(
    "cooperation_modes",
    "合作方式",
    values.some_of(CooperationMode),
    "技术需求解决方式 解决方式 拟合作方式 合作模式 合作形式 意向合作方式 拟采取的合作方式 转化方式 拟转化方式 成果转化方式 "
    "期望合作方式 希望合作方式 合作意向 合作类型 技术合作方式 产学研合作方式 需求解决方式 解决途径 拟采取的解决方式 "
    "拟转让方式 转让方式 转移转化方式 交易方式 合作途径 拟合作模式 合作方式(可多选) 意向合作形式 合作方式意向 拟交易方式 推广方式 "
    "推广形式 意向转化方式 成果转化形式 转化形式 拟采用的合作方式 期望的合作方式 拟采用合作方式",
    "可填多项，用、分隔",
    "委托开发、合作开发",
    labels(CooperationMode),
    several=True,
)
