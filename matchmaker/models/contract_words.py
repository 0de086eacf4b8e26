"""The closed vocabularies of technology contracts 技术合同. Dated legal lists (papers, natures …): `registration_rules.py`."""

from matchmaker.models.labels import Labelled


class ContractCategory(Labelled):
    """The five categories since the Civil Code; older statistics have four (domain.md §2.1)."""

    DEVELOPMENT = "development", "技术开发", "开发"
    TRANSFER = "transfer", "技术转让", "转让"
    LICENCE = "licence", "技术许可", "许可"
    CONSULTING = "consulting", "技术咨询", "咨询"
    SERVICE = "service", "技术服务", "服务"


class ContractKind(Labelled):
    """Kinds within the categories (domain.md §2.2); `KINDS` says which belongs where."""

    COMMISSIONED_DEVELOPMENT = "commissioned_development", "委托开发"
    JOINT_DEVELOPMENT = "joint_development", "合作开发"
    PATENT_TRANSFER = "patent_transfer", "专利权转让"
    PATENT_APPLICATION_TRANSFER = "patent_application_transfer", "专利申请权转让"
    SECRET_TRANSFER = "secret_transfer", "技术秘密转让"
    SOFTWARE_TRANSFER = "software_transfer", "计算机软件著作权转让", "软件著作权转让"
    CHIP_LAYOUT_TRANSFER = "chip_layout_transfer", "集成电路布图设计专有权转让"
    PLANT_VARIETY_TRANSFER = "plant_variety_transfer", "植物新品种权转让"
    DRUG_VARIETY_TRANSFER = "drug_variety_transfer", "生物、医药新品种权转让"
    EQUITY = "equity", "技术入股", "作价入股"
    EXCLUSIVE_LICENCE = "exclusive_licence", "专利实施许可（独占）", "独占许可"
    SOLE_LICENCE = "sole_licence", "专利实施许可（排他）", "排他许可"
    ORDINARY_LICENCE = "ordinary_licence", "专利实施许可（普通）", "普通许可", "专利实施许可"
    SECRET_LICENCE = "secret_licence", "技术秘密使用许可", "技术秘密许可"
    OTHER_LICENCE = "other_licence", "其他知识产权许可"
    FEASIBILITY = "feasibility", "可行性论证"
    FORECAST = "forecast", "技术预测"
    INVESTIGATION = "investigation", "专题技术调查"
    EVALUATION = "evaluation", "分析评价报告"
    GENERAL_SERVICE = "general_service", "一般技术服务"
    TRAINING = "training", "技术培训"
    INTERMEDIARY = "intermediary", "技术中介"


_K = ContractKind
KINDS: dict[ContractCategory, tuple[ContractKind, ...]] = {
    ContractCategory.DEVELOPMENT: (_K.COMMISSIONED_DEVELOPMENT, _K.JOINT_DEVELOPMENT),
    ContractCategory.TRANSFER: (
        _K.PATENT_TRANSFER,
        _K.PATENT_APPLICATION_TRANSFER,
        _K.SECRET_TRANSFER,
        _K.SOFTWARE_TRANSFER,
        _K.CHIP_LAYOUT_TRANSFER,
        _K.PLANT_VARIETY_TRANSFER,
        _K.DRUG_VARIETY_TRANSFER,
        _K.EQUITY,
    ),
    ContractCategory.LICENCE: (
        _K.EXCLUSIVE_LICENCE,
        _K.SOLE_LICENCE,
        _K.ORDINARY_LICENCE,
        _K.SECRET_LICENCE,
        _K.OTHER_LICENCE,
    ),
    ContractCategory.CONSULTING: (_K.FEASIBILITY, _K.FORECAST, _K.INVESTIGATION, _K.EVALUATION),
    ContractCategory.SERVICE: (_K.GENERAL_SERVICE, _K.TRAINING, _K.INTERMEDIARY),
}
CATEGORY_OF: dict[ContractKind, ContractCategory] = {kind: one for one, kinds in KINDS.items() for kind in kinds}


class ContractStatus(Labelled):
    """Life of a contract. Which step may follow which stands in `contracts/life.py`.

    From SUBMITTED on the registry 技术合同登记机构 decides; the platform only notes what it did.
    """

    DRAFT = "draft", "草拟"
    SIGNED = "signed", "已签订"
    SUBMITTED = "submitted", "已申请登记"
    RETURNED = "returned", "退回补正"
    ACCEPTED = "accepted", "已受理"
    SECOND_REVIEW = "second_review", "大额复核"
    REGISTERED = "registered", "已登记"
    REFUSED = "refused", "不予登记"
    CANCELLED = "cancelled", "已注销"
    REVOKED = "revoked", "已撤销登记", "已撤销"
    VOID = "void", "已作废"


class AmountCertainty(Labelled):
    """How certain the amounts are at signing; what is not fixed has to be corrected later (domain.md §2.3)."""

    FIXED = "fixed", "固定金额", "固定"
    PROVISIONAL = "provisional", "暂估金额", "暂估"
    ROYALTY = "royalty", "提成（金额无法确定）", "提成"


class PaymentMode(Labelled):
    LUMP_SUM = "lump_sum", "一次支付", "一次总付", "一次性支付"
    INSTALMENTS = "instalments", "分期支付", "分期付款"
    ROYALTY = "royalty", "提成支付", "提成"
    OTHER = "other", "其他"


class ContractIp(Labelled):
    """知识产权 of the national form: one answer per contract."""

    INVENTION_PATENT = "invention_patent", "发明专利", "专利", "发明"
    UTILITY_MODEL = "utility_model", "实用新型", "实用新型专利"
    DESIGN = "design", "外观设计", "外观设计专利"
    TECHNICAL_SECRET = "technical_secret", "技术秘密"
    SOFTWARE_COPYRIGHT = "software_copyright", "计算机软件著作权", "软件著作权", "软著"
    CHIP_LAYOUT = "chip_layout", "集成电路布图设计专有权", "集成电路布图设计"
    PLANT_VARIETY = "plant_variety", "植物新品种", "植物新品种权"
    DRUG_VARIETY = "drug_variety", "生物、医药新品种", "生物、医药新品种权"
    NONE = "none", "未涉及知识产权", "未涉及", "不涉及知识产权"


class ContractSide(Labelled):
    SELLER = "seller", "卖方"
    BUYER = "buyer", "买方"


class CompanyScale(Labelled):
    """企业规模 of the national form."""

    LARGE = "large", "大型企业", "大型"
    MEDIUM = "medium", "中型企业", "中型"
    SMALL = "small", "小型企业", "小型"
    MICRO = "micro", "微型企业", "微型"


class VersionKind(Labelled):
    """Why there is another version of what is registered."""

    REGISTRATION = "registration", "认定登记"
    AMENDMENT = "amendment", "变更登记"
    CORRECTION = "correction", "台账更正"
    CANCELLATION = "cancellation", "注销登记"
    REVOCATION = "revocation", "撤销登记"


class AmendmentStatus(Labelled):
    PENDING = "pending", "变更登记中"
    RECORDED = "recorded", "已变更登记"
    REFUSED = "refused", "未予变更"
    WITHDRAWN = "withdrawn", "已撤回"


class ContractPaper(Labelled):
    """What an attached file is."""

    CONTRACT = "contract", "合同文本"
    RIGHT_CERTIFICATE = "right_certificate", "知识产权证书"
    CERTIFICATE = "certificate", "登记证明"
    PAYMENT = "payment", "付款凭证"
    TRANSLATION = "translation", "中文译本及一致性声明"
    OTHER = "other", "其他材料"


class SigningType(Labelled):
    """What was signed at an event: many signings are no technology contract (domain.md §4 row 6)."""

    CONTRACT = "contract", "技术合同"
    PLATFORM = "platform", "共建平台"
    INTENT = "intent", "意向协议"
    STRATEGIC = "strategic", "战略合作"


class Measure(Labelled):
    """What a figure or a target is about. A figure without a measure is refused."""

    CONTRACT_VALUE = "contract_value", "合同成交额", "成交额", "技术合同成交额"
    TECHNOLOGY_VALUE = "technology_value", "技术交易额", "交易额", "技术合同交易额"
    TECHNOLOGY_INCOME = "technology_income", "技术性收入"
    COUNT = "count", "合同项数", "项数"


class Caliber(Labelled):
    """统计口径: which contracts a region counts (formulas of domain.md §2.7)."""

    OUTFLOW = "outflow", "输出", "输出技术"
    INFLOW = "inflow", "吸纳", "吸纳技术"
    INNER = "inner", "本地内循环", "内循环"
    NET = "net", "去重合计"
    BOTH = "both", "输出吸纳合计（安徽口径）", "安徽口径合计"


class DateBasis(Labelled):
    """Which date puts a contract into a period."""

    REGISTERED = "registered", "按登记日期", "登记日期"
    SIGNED = "signed", "按签订日期（含未登记）", "签订日期"


class TargetTier(Labelled):
    """Who set a target (domain.md §4 rows 4, 37)."""

    ASSIGNED = "assigned", "省下达目标", "省下达"
    COUNCIL = "council", "人大报告目标", "人大"
    WORKING = "working", "工作目标", "工作"


class TargetMetric(Labelled):
    """What a target counts: a measure of contracts, or achievements registered by the province."""

    CONTRACT_VALUE = "contract_value", "技术合同成交额", "成交额", "合同成交额"
    TECHNOLOGY_VALUE = "technology_value", "技术交易额", "交易额", "技术合同交易额"
    TECHNOLOGY_INCOME = "technology_income", "技术性收入"
    CONTRACTS = "contracts", "技术合同登记项数", "合同项数"
    ACHIEVEMENTS_REGISTERED = "achievements_registered", "科技成果登记数", "成果登记"


class Qualifier(Labelled):
    """How exactly a number was stated: kept with it, never dropped (120多项, 近60项, 2200件以上)."""

    EXACT = "exact", "整"
    ABOUT = "about", "约", "左右"
    MORE = "more", "多", "余"
    NEARLY = "nearly", "近"
    AT_LEAST = "at_least", "以上", "突破"
