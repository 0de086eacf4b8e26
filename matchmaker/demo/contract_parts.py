"""What the demo city's contracts are put together from: kinds, sizes, costs, parties outside the city."""

from dataclasses import dataclass

from matchmaker.models.contract_words import ContractIp, ContractKind, PaymentMode

_K, _I = ContractKind, ContractIp


@dataclass(frozen=True)
class Outsider:
    """An invented party that is not in the city."""

    name: str
    region_code: str | None
    nature: str
    country: str = "CN"
    currency: str = "CNY"
    # Yuan per unit of that money; as a bank's rate of some day might have been.
    rate: str = ""


# How often each kind occurs in forty contracts: development leads everywhere, and no kind is missing.
_FREQUENT = ((_K.COMMISSIONED_DEVELOPMENT, 9), (_K.JOINT_DEVELOPMENT, 4), (_K.GENERAL_SERVICE, 5))
KINDS = tuple(kind for kind, often in _FREQUENT for _ in range(often)) + tuple(
    kind for kind in ContractKind if kind not in dict(_FREQUENT)
)

# How a contract of the kind is usually named; {} is the technology.
TITLES: dict[ContractKind, str] = {
    _K.COMMISSIONED_DEVELOPMENT: "{}委托开发",
    _K.JOINT_DEVELOPMENT: "{}合作开发",
    _K.PATENT_TRANSFER: "{}专利权转让",
    _K.PATENT_APPLICATION_TRANSFER: "{}专利申请权转让",
    _K.SECRET_TRANSFER: "{}技术秘密转让",
    _K.SOFTWARE_TRANSFER: "{}软件著作权转让",
    _K.CHIP_LAYOUT_TRANSFER: "{}控制芯片布图设计专有权转让",
    _K.PLANT_VARIETY_TRANSFER: "“澄麦”系列小麦新品种权转让",
    _K.DRUG_VARIETY_TRANSFER: "{}新品种权转让",
    _K.EQUITY: "{}技术作价入股",
    _K.EXCLUSIVE_LICENCE: "{}专利独占实施许可",
    _K.SOLE_LICENCE: "{}专利排他实施许可",
    _K.ORDINARY_LICENCE: "{}专利普通实施许可",
    _K.SECRET_LICENCE: "{}技术秘密使用许可",
    _K.OTHER_LICENCE: "{}软件使用许可",
    _K.FEASIBILITY: "{}项目可行性论证",
    _K.FORECAST: "{}技术发展预测",
    _K.INVESTIGATION: "{}专题技术调查",
    _K.EVALUATION: "{}分析评价",
    _K.GENERAL_SERVICE: "{}技术服务",
    _K.TRAINING: "{}技术培训",
    _K.INTERMEDIARY: "{}技术中介",
}
RIGHTS: dict[ContractKind, ContractIp] = {
    _K.COMMISSIONED_DEVELOPMENT: _I.TECHNICAL_SECRET,
    _K.JOINT_DEVELOPMENT: _I.TECHNICAL_SECRET,
    _K.PATENT_TRANSFER: _I.INVENTION_PATENT,
    _K.PATENT_APPLICATION_TRANSFER: _I.INVENTION_PATENT,
    _K.SECRET_TRANSFER: _I.TECHNICAL_SECRET,
    _K.SOFTWARE_TRANSFER: _I.SOFTWARE_COPYRIGHT,
    _K.CHIP_LAYOUT_TRANSFER: _I.CHIP_LAYOUT,
    _K.PLANT_VARIETY_TRANSFER: _I.PLANT_VARIETY,
    _K.DRUG_VARIETY_TRANSFER: _I.DRUG_VARIETY,
    _K.EQUITY: _I.INVENTION_PATENT,
    _K.EXCLUSIVE_LICENCE: _I.INVENTION_PATENT,
    _K.SOLE_LICENCE: _I.UTILITY_MODEL,
    _K.ORDINARY_LICENCE: _I.INVENTION_PATENT,
    _K.SECRET_LICENCE: _I.TECHNICAL_SECRET,
    _K.OTHER_LICENCE: _I.SOFTWARE_COPYRIGHT,
}
# Kinds that only one industry has: a new drug comes from no machine works.
INDUSTRIES: dict[ContractKind, str] = {
    _K.CHIP_LAYOUT_TRANSFER: "electronics_industry",
    _K.DRUG_VARIETY_TRANSFER: "pharmaceuticals",
    _K.PLANT_VARIETY_TRANSFER: "green_food",
    _K.SOFTWARE_TRANSFER: "data_services",
    _K.OTHER_LICENCE: "data_services",
}
NUMBERED = frozenset({_I.INVENTION_PATENT, _I.UTILITY_MODEL, _I.SOFTWARE_COPYRIGHT, _I.PLANT_VARIETY})
# Sizes in 10,000 yuan before they are scaled to the year's sum: many small ones, few of five million and more.
SIZES = (
    12,
    36,
    80,
    18,
    150,
    60,
    25,
    260,
    98,
    48,
    15,
    620,
    30,
    120,
    72,
    9,
    180,
    320,
    55,
    20,
    410,
    88,
    16,
    1050,
    40,
    135,
)
SMALL = frozenset({_K.TRAINING, _K.INTERMEDIARY, _K.FORECAST, _K.INVESTIGATION})
COSTS = ("试验设备购置费", "原材料费", "委托检测费", "现场安装施工费")
PLANS = ("none", "local", "none", "province", "none", "none", "local", "national", "none", "ministry")
PAYMENTS = (PaymentMode.INSTALMENTS, PaymentMode.LUMP_SUM, PaymentMode.INSTALMENTS)
OBJECTIVES = {
    "green_food": "agriculture",
    "energy_saving": "environment",
    "recycling": "environment",
    "new_energy": "energy",
    "coal_chemical": "energy",
    "pharmaceuticals": "health",
    "life_health": "health",
}
EVENTS = ("大院大所科技成果对接会", "再生资源利用专场对接会", "高校院所成果直通车")
# Buyers of what the city's own enterprises sell.
BUYERS = (
    Outsider("庐州云岭智能装备有限公司", "340100", "150"),
    Outsider("钱江恒禾食品集团有限公司", "330100", "160"),
    Outsider("金陵清远环境科技有限公司", "320100", "150"),
    Outsider("岭南博砺电子有限公司", "440300", "150"),
    Outsider("沪江合序新材料股份有限公司", "310000", "160"),
    Outsider("中州丰原农业发展有限公司", "410100", "150"),
)
FOREIGN_BUYERS = (
    Outsider("Hinode Kankyo Gijutsu（示例）", None, "900", "JP", "JPY", "0.0485"),
    Outsider("Mekong Green Foods（示例）", None, "900", "VN", "USD", "7.1024"),
)
FOREIGN_SELLERS = (
    Outsider("Rheinblick Verfahrenstechnik（示例）", None, "900", "DE", "EUR", "7.7310"),
    Outsider("Lakeshore Process Control（示例）", None, "900", "US", "USD", "7.1024"),
)
