"""The columns of an office's or a registry's list of technology contracts 技术合同登记表."""

from collections.abc import Callable, Iterable
from typing import Any

from matchmaker.classification import classification
from matchmaker.ingest import identifiers, places, values
from matchmaker.ingest.contract_cells import (
    contract_words,
    exact_day,
    nature,
    only_field,
    own_park,
    party_place,
    registration_number,
    registration_status,
    rights,
    validity,
)
from matchmaker.ingest.fields import Column, choice, hidden
from matchmaker.models.contract_words import (
    AmountCertainty,
    CompanyScale,
    ContractCategory,
    ContractIp,
    ContractKind,
    PaymentMode,
)
from matchmaker.registration_rules import rules

# 甲方 and 乙方 are in neither list: which of them sells differs from contract to contract.
_SELLERS = (
    "卖方 技术转让方 转让方 受托方 出让方 让与方 许可方 供方 输出方 技术输出方 技术提供方 研究开发方 服务方 顾问方"
)
_BUYERS = "买方 技术受让方 受让方 委托方 被许可方 需方 吸纳方 技术吸纳方 技术需求方 受许可方"
_NAME_ENDINGS = ("", "名称", "单位", "单位名称", "全称", "单位全称", "机构名称")
_CODE_ENDINGS = ("统一社会信用代码", "社会信用代码", "信用代码", "统一信用代码", "组织机构代码")
_NATURE_ENDINGS = ("性质", "单位性质", "类型", "机构类型", "单位类型", "机构性质", "类别")
_COUNTRY_ENDINGS = ("国别", "国家", "国别地区", "国家地区", "国别或地区", "国家或地区")
_REGION_ENDINGS = (
    "地区",
    "行政区划",
    "行政区划代码",
    "所在地",
    "所属地区",
    "所在地区",
    "所属区域",
    "所在区县",
    "所属区县",
    "省市",
    "区域",
    "所在县市区",
)
_PARK_ENDINGS = ("所在园区", "园区", "所属园区", "所在开发区", "高新区")
# What else the lists of registries say of a party, by the detail it becomes.
_DETAILS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "address": ("地址 单位地址 通讯地址 通信地址 联系地址 详细地址", values.line),
    "legal_representative": ("法定代表人 法人代表 法人 法定代表人姓名 单位负责人", values.line),
    "contact_name": ("联系人 联系人姓名 经办人 项目联系人", values.line),
    "contact_phone": ("联系电话 电话 联系人电话 手机 联系方式 联系人手机 经办人电话", identifiers.exact_text),
    "postcode": ("邮编 邮政编码", values.line),
    "industry_code": ("从事的国民经济行业 国民经济行业 所属行业 行业", places.industry),
    "scale": ("企业规模 规模 单位规模", values.one_of(CompanyScale)),
}


def _party(side: str, word: str, others: str) -> tuple[Column, ...]:
    """The columns about one of the two parties, under every word for it."""
    words = others.split()

    def headings(endings: Iterable[str]) -> str:
        return " ".join(f"{one}{ending}" for one in words for ending in endings)

    return (
        Column(
            f"{side}_name",
            f"{word}名称",
            values.line,
            headings(_NAME_ENDINGS),
            "营业执照或法人证书上的全称",
            "某某大学" if side == "seller" else "某某纺织有限公司",
            required=True,
        ),
        Column(
            f"{side}_credit_code",
            f"{word}统一社会信用代码",
            identifiers.credit_code,
            headings(_CODE_ENDINGS),
            "18 位，可不填",
        ),
        Column(
            f"{side}_nature",
            f"{word}性质",
            nature,
            headings(_NATURE_ENDINGS),
            "登记表中的单位性质，代码或名称",
            "",
            lambda: [entry.label for entry in rules().natures.entries],
        ),
        Column(
            f"{side}_country",
            f"{word}国别（地区）",
            values.line,
            headings(_COUNTRY_ENDINGS),
            "不填即中国；境外单位填国家或地区，如 德国",
            "中国",
        ),
        Column(
            f"{side}_region_code",
            f"{word}行政区划",
            party_place(side),
            headings(_REGION_ENDINGS),
            "六位行政区划代码或名称；外地请写全称",
            "江苏省南京市鼓楼区",
            lambda: [entry.label for entry in classification().city.districts.entries],
            several=True,
        ),
        hidden(f"{side}_park", f"{word}所在园区 {headings(_PARK_ENDINGS)}", read=own_park),
        *(
            hidden(f"{side}_details.{name}", headings(endings.split()), read=read)
            for name, (endings, read) in _DETAILS.items()
        ),
    )


CONTRACT_COLUMNS = (
    Column(
        "registration_number",
        "合同登记编号",
        registration_number,
        "登记编号 登记号 合同登记号 技术合同登记编号 技术合同登记号 技术合同编号 认定登记编号 认定登记号 "
        "认定编号 合同认定登记编号 合同认定编号 登记证编号 登记证明编号",
        "登记证明上的 16 位数字（早年 14 位）；未登记不填。这一列请设为文本",
        "2026340000000001",
    ),
    Column(
        "source_id",
        "合同编号",
        identifiers.number,
        "合同号 合同序号 合同自编号 合同内部编号 id contract_id",
        "单位自己的合同编号，可不填；已登记的以登记编号识别",
        "HT-2026-001",
    ),
    Column(
        "title",
        "项目名称",
        values.line,
        "合同名称 合同项目名称 技术合同名称 合同名 项目 合同项目 合同(项目)名称 项目(合同)名称 合同标题 技术项目名称",
        "与合同文本一致的全称",
        "聚乳酸无纺布抗菌整理工艺开发",
        required=True,
    ),
    Column(
        "category",
        "合同类别",
        contract_words,
        "合同大类 技术合同类别 技术合同类型 类别 合同种类 四技类别 四技类型 技术合同种类",
        "五类之一；也可直接填类型，如 委托开发",
        "技术开发",
        lambda: [one.label for one in ContractCategory],
        required=True,
    ),
    Column(
        "kind",
        "合同类型",
        contract_words,
        "类型 合同小类 合同子类 合同细类 合同性质 合同具体类型",
        "类别下的具体类型",
        "委托开发",
        lambda: [one.label for one in ContractKind],
    ),
    *_party("seller", "卖方", _SELLERS),
    *_party("buyer", "买方", _BUYERS),
    Column(
        "contract_value",
        "合同成交额（元）",
        values.text,
        "合同成交总额 合同成交金额 成交额 成交金额 成交总额 成交总金额 合同总金额 合同金额 合同总额 合同额 "
        "合同价款 合同总价款 合同总价 合同交易总额 合同标的额 合同标的金额 技术合同成交额 总金额",
        "合同标的的总金额",
        "500000",
        required=True,
        money=True,
    ),
    Column(
        "technology_value",
        "技术交易额（元）",
        values.text,
        "技术金额 技术交易金额 技术性交易额 技术合同交易额 技术交易总额 其中技术交易额 其中:技术交易额 其中技术金额 "
        "其中:技术金额 技术性金额 核定技术交易额 认定技术交易额",
        "成交额减去设备、材料等非技术性费用",
        "450000",
        required=True,
        money=True,
    ),
    Column(
        "signed_on",
        "合同签订日期",
        exact_day,
        "签订日期 签约日期 签订时间 签约时间 合同签订时间 合同签约日期 合同日期 签字日期",
        "",
        "2026-03-05",
        required=True,
    ),
    Column(
        "begins_on", "有效期起", exact_day, "合同有效期起 合同开始日期 合同起始日期 开始日期 起始日期 履行期起 生效日期"
    ),
    Column(
        "ends_on",
        "有效期止",
        exact_day,
        "合同有效期止 合同截止日期 合同终止日期 合同结束日期 截止日期 结束日期 终止日期 履行期止",
    ),
    hidden("validity", "合同有效期 有效期 合同期限 履行期限 合同起止日期 合同履行期限", read=validity),
    Column(
        "registered_on",
        "登记日期",
        exact_day,
        "认定日期 认定登记日期 合同登记日期 登记时间 认定时间 认定登记时间 合同认定日期 审核通过日期",
        "登记证明上的日期；未登记不填",
        "2026-03-20",
    ),
    hidden("status", "登记状态 合同状态 状态 认定状态 审核状态", read=registration_status),
    choice("amount_certainty", "金额性质", AmountCertainty, "金额类型 金额确定性"),
    choice("payment_mode", "支付方式", PaymentMode, "付款方式 价款支付方式 价款支付 结算方式"),
    hidden("currency", "币种 货币 货币种类", read=values.line),
    hidden("foreign_amount", "外币金额 合同外币金额", read=values.line),
    hidden("exchange_rate", "折算汇率 汇率", read=values.line),
    hidden("rate_on", "汇率日期", read=exact_day),
    choice("ip_type", "知识产权", ContractIp, "知识产权类型 知识产权情况 涉及知识产权 知识产权类别 知识产权构成"),
    Column(
        "technology_field",
        "技术领域",
        only_field,
        "所属技术领域 技术领域分类 领域 合同技术领域",
        "技术合同登记的 11 类领域之一",
        "新材料及其应用",
        lambda: [entry.label for entry in classification().technology_fields.entries],
    ),
    Column(
        "industry_code",
        "服务的国民经济行业",
        places.industry,
        "国民经济行业 行业 所属行业 行业代码 应用行业 国民经济行业代码 服务行业",
        "GB/T 4754 代码或大类名称",
        "C17",
    ),
    hidden("city_industry", "本市产业 所属产业 重点产业", read=values.line),
    Column(
        "objective",
        "社会经济目标",
        values.line,
        "社会经济效益目标 服务的社会经济目标 社会经济服务目标",
        "",
        "工商业发展",
        lambda: [entry.label for entry in rules().objectives.entries],
    ),
    Column(
        "plan_source",
        "计划来源",
        values.line,
        "项目计划来源 计划类别 计划类型 科技计划来源",
        "",
        "计划外",
        lambda: [entry.label for entry in rules().plan_sources.entries],
    ),
    Column(
        "is_related_party",
        "是否关联交易",
        values.yes_no,
        "关联交易 是否为关联交易",
        "",
        "否",
        lambda: ["是", "否"],
    ),
    hidden("new_investment", "预计新增投入 新增投入", money=True),
    hidden("new_output", "预计新增产值 新增产值", money=True),
    Column(
        "subject", "标的内容", values.text, "合同标的 合同内容 主要内容 技术内容 标的", "技术内容、形式和要求，可不填"
    ),
    hidden("rights", "权利编号 知识产权编号 知识产权号 专利号 专利编号 专利(申请)号 专利申请号 授权号", read=rights),
    hidden(
        "registry_name", "登记机构 登记机构名称 合同登记机构 认定登记机构 技术合同登记机构 登记点", read=values.line
    ),
    hidden("event_name", "促成活动 活动名称 来源活动 签约活动", read=values.line),
)
