"""This year's contracts that are worth a look: one in every state, with the history that led there.

Each step is taken by whoever would take it, through the same verbs as on the pages.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle

from sqlmodel import Session, col, select

from matchmaker import contracts
from matchmaker.demo.contracts import REGISTRY, quiet_district
from matchmaker.demo.last_year import SOURCE, last_complete_year
from matchmaker.demo.people import People
from matchmaker.models.achievement import Achievement
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_shapes import ContractCreate
from matchmaker.models.contract_words import ContractPaper
from matchmaker.models.party import Enterprise, Institution
from matchmaker.money import FEN_PER_WAN
from matchmaker.rights import Actor
from matchmaker.visibility import today


@dataclass(frozen=True)
class _Story:
    """What the contract is about, its size in 10,000 yuan, and its steps with the days that have passed since."""

    title: str
    wan: int
    steps: tuple[tuple[str, int], ...]
    # Stories of one group are between the same two parties.
    group: int


_ASKED = (("sign", 60), ("submit", 50))
_REGISTERED = (("sign", 120), ("submit", 110), ("accept", 105), ("register", 92))
_STORIES = (
    _Story("注塑模内压力在线补偿系统委托开发", 46, (), 1),
    _Story("冷库蓄冷调度软件技术服务", 32, (("sign", 4),), 2),
    _Story("米糠就地稳定化装置委托开发", 85, (("sign", 30), ("report", 2)), 3),
    _Story("再生铝熔体除杂工艺合作开发", 120, (("sign", 20), ("attach", 12), ("submit", 3)), 4),
    _Story("中药配方颗粒指纹图谱质控技术服务", 38, (*_ASKED, ("return", 6)), 5),
    _Story("印染废水臭氧脱色委托开发", 96, (("sign", 25), ("submit", 12), ("accept", 7)), 6),
    _Story("液压缸活塞杆激光熔覆委托开发", 64, (("sign", 90), ("submit", 75), ("accept", 70)), 7),
    _Story("动力电池热失控预警平台合作开发", 680, (("sign", 50), ("submit", 40), ("accept", 34), ("review", 26)), 8),
    _Story("车间管理咨询与培训", 18, (*_ASKED, ("accept", 45), ("refuse", 30)), 9),
    _Story("秸秆纤维界面改性委托开发", 72, (*_ASKED, ("accept", 46), ("refuse", 35), ("resubmit", 5)), 10),
    _Story(
        "铅膏脱硫渣短流程回收委托开发",
        210,
        (
            ("sign", 130),
            ("submit", 118),
            ("return", 112),
            ("resubmit", 108),
            ("accept", 104),
            ("attach", 103),
            ("register", 90),
            ("pay", 80),
            ("verify", 60),
            ("pay", 20),
        ),
        11,
    ),
    _Story("供热管网泄漏定位系统委托开发", 150, (*_REGISTERED, ("pay", 70), ("amend", 10)), 12),
    _Story("数控刀架故障声纹诊断委托开发", 88, (*_REGISTERED, ("amend", 60), ("grant", 45), ("pay", 30)), 13),
    _Story("智能水表低功耗固件委托开发", 54, (*_REGISTERED, ("correct", 80)), 14),
    _Story("羽绒制品功能涂层委托开发", 66, (*_REGISTERED, ("amend", 70), ("deny", 55)), 15),
    _Story("分布式光伏功率预测合作开发", 132, (*_REGISTERED, ("cancel", 40)), 16),
    _Story("养殖粪污资源化利用委托开发", 78, (*_REGISTERED, ("revoke", 35)), 17),
    _Story("毫米波居家监测终端委托开发", 58, (("sign", 80), ("void", 40)), 18),
    # Entered twice by two people: the check asks about it.
    _Story("焦化废水膜法分离中试委托开发", 145, (("sign", 33),), 19),
    _Story("焦化废水膜法分离中试的委托开发", 145, (("sign", 31),), 19),
    # One undertaking in three contracts, each just below five million: officials are asked to look.
    _Story("循环流化床锅炉低氮改造一期委托开发", 490, (("sign", 28),), 20),
    _Story("循环流化床锅炉低氮改造二期委托开发", 486, (("sign", 26),), 20),
    _Story("循环流化床锅炉低氮改造三期委托开发", 488, (("sign", 24),), 20),
)
# The industry that the buyers of each group are from, group by group.
_INDUSTRIES = (
    "new_materials",
    "green_food",
    "green_food",
    "recycling",
    "pharmaceuticals",
    "textiles",
    "machinery",
    "new_energy",
    "smart_manufacturing",
    "new_materials",
    "recycling",
    "energy_saving",
    "machinery",
    "electronics_industry",
    "textiles",
    "new_energy",
    "energy_saving",
    "life_health",
    "coal_chemical",
    "coal_chemical",
)
_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)


def tell_stories(session: Session, people: People) -> None:
    """Draft to void: the contracts above."""
    quiet = quiet_district(session)
    buyers = [
        one
        for one in session.exec(
            select(Enterprise).where(col(Enterprise.id).in_(people.of_enterprise)).order_by(col(Enterprise.id))
        )
        if one.region_code != quiet
    ]
    sellers = session.exec(
        select(Institution)
        .where(col(Institution.is_demo), ~col(Institution.region_code).startswith("9901"))
        .order_by(col(Institution.id))
    ).all()
    offered = select(Achievement.city_industry, Achievement.technology_field).where(col(Achievement.is_demo))
    fields = dict(session.exec(offered.order_by(col(Achievement.id))).all())
    for number, (story, broker) in enumerate(zip(_STORIES, cycle(people.brokers[:5]), strict=False), 1):
        industry = _INDUSTRIES[story.group - 1]
        fitting = [one for one in buyers if one.city_industry == industry] or buyers
        buyer, seller = fitting[story.group % len(fitting)], sellers[story.group % len(sellers)]
        actors = (people.of_enterprise[buyer.id or 0], broker, people.city)
        _tell(session, number, story, (seller, buyer), actors, fields.get(buyer.city_industry))


def _tell(
    session: Session,
    number: int,
    story: _Story,
    parties: tuple[Institution, Enterprise],
    people: tuple[Actor, Actor, Actor],
    field: str | None,
) -> None:
    seller, buyer = parties
    holder, broker, city = people
    value = story.wan * FEN_PER_WAN
    is_service = story.title.endswith(("服务", "培训"))
    create = ContractCreate.model_validate(
        {
            "source": SOURCE,
            "source_id": f"story-{number:02}",
            "title": story.title,
            "category": "service" if is_service else "development",
            "kind": "general_service" if is_service else "commissioned_development",
            "subject": f"{story.title}：完成方案、试验与现场验证，交付技术文件并通过验收。",
            "contract_value_fen": value,
            "technology_value_fen": value,
            "payment_mode": "instalments",
            "ip_type": "none" if is_service else "technical_secret",
            "technology_field": field,
            "industry_code": buyer.industry_code,
            "city_industry": buyer.city_industry,
            "objective": "industry",
            "plan_source": "none",
            "is_related_party": False,
            "seller_name": seller.name,
            "seller_nature": "022" if seller.institution_type == "university" else "021",
            "seller_region_code": seller.region_code,
            "buyer_name": buyer.name,
            "buyer_nature": "150",
            "buyer_region_code": buyer.region_code,
            "buyer_park": buyer.park,
        }
    )
    # Every third is brought in by its broker, the others by the enterprise.
    keeper = broker if number % 3 == 0 else holder
    contract = contracts.create_contract(session, create, by=keeper, is_demo=True)
    steps = _steps(session, contract, keeper, city)
    for step, days in story.steps:
        session.flush()
        steps[step](_recently(days))


def _recently(days: int) -> date:
    """So many days ago, but in this year: the figures of the one before are those of its report."""
    return max(today() - timedelta(days=days), date(last_complete_year() + 1, 1, 1))


def _steps(
    session: Session, contract: TechnologyContract, keeper: Actor, city: Actor
) -> dict[str, Callable[[date], object]]:
    """The verbs of one contract by the names that the stories use."""

    def sign(on: date) -> None:
        contract.begins_on, contract.ends_on = on, on + timedelta(days=400)
        contracts.record_signing(session, contract, by=keeper, signed_on=on)

    def register(on: date) -> None:
        number = f"{on.year}990199{contract.id or 0:06}"
        contracts.record_registration(session, contract, by=city, number=number, on=on, registry_name=REGISTRY)

    def submit(on: date, reason: str = "材料已在登记站窗口提交") -> None:
        contracts.submit(session, contract, by=keeper, on=on, reason=reason)

    def refuse(on: date) -> None:
        reasons, note = ["unclear_subject", "no_proof"], "标的只写了服务内容，看不出技术要求；未附验收标准"
        contracts.record_refusal(session, contract, by=city, on=on, reasons=reasons, note=note)

    def amend(_on: date) -> None:
        more = contract.contract_value_fen + 8 * FEN_PER_WAN
        changes = {"contract_value_fen": more, "technology_value_fen": more}
        reason = "双方签订补充协议，增加现场验证内容"
        contracts.apply_for_amendment(session, contract, changes, by=keeper, reason=reason)

    def pay(on: date) -> None:
        amount = contract.contract_value_fen * 3 // 10
        contracts.record_receipt(session, contract, by=keeper, on=on, amount_fen=amount, note="按进度付款")

    def verify(on: date) -> None:
        receipt = contracts.receipts_of(session, contract)[-1]
        income = receipt.amount_fen * 9 // 10
        contracts.verify_income(session, contract, receipt.id or 0, by=city, on=on, income_fen=income)

    def correct(_on: date) -> None:
        changes = {"technology_value_fen": contract.technology_value_fen - 6 * FEN_PER_WAN}
        reason = "录入时漏扣试验设备购置费 6 万元，登记表为准"
        contracts.correct(session, contract, changes, by=city, reason=reason, version=contract.version)

    def attach(_on: date) -> None:
        # Each paper its own: the same file twice is refused.
        content = _PDF + f"% {contract.source_id}\n".encode()
        contracts.attach(session, contract, ContractPaper.CONTRACT, "合同文本（演示）.pdf", content, by=keeper)

    def decide(on: date, *, granted: bool) -> None:
        note = "" if granted else "补充协议未加盖卖方公章"
        contracts.decide_amendment(session, contract, by=city, granted=granted, on=on, note=note)

    return {
        "sign": sign,
        "submit": submit,
        "resubmit": lambda on: submit(on, "已按意见补正"),
        "report": lambda on: contracts.report_registration(
            session, contract, by=keeper, number=f"{on.year}990198{contract.id or 0:06}", on=on
        ),
        "return": lambda on: contracts.record_return(
            session, contract, by=city, on=on, note="缺卖方授权委托书，验收标准未量化"
        ),
        "accept": lambda on: contracts.record_acceptance(session, contract, by=city, on=on),
        "review": lambda on: contracts.record_second_review(session, contract, by=city, on=on, note="大额合同"),
        "register": register,
        "refuse": refuse,
        "amend": amend,
        "grant": lambda on: decide(on, granted=True),
        "deny": lambda on: decide(on, granted=False),
        "correct": correct,
        "cancel": lambda on: contracts.cancel(session, contract, by=city, on=on, note="双方协商解除合同"),
        "revoke": lambda on: contracts.revoke(session, contract, by=city, on=on, note="复核发现标的不属于技术合同"),
        "void": lambda _on: contracts.void(session, contract, by=keeper, note="买方预算取消，合同未履行"),
        "pay": pay,
        "verify": verify,
        "attach": attach,
    }
