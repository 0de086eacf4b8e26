"""Records for tests: every field has a harmless value, the test names the ones it is about. Queued, not committed."""

from datetime import timedelta
from itertools import count
from typing import Any

from sqlmodel import Session

from matchmaker.accounts import actor_of, create_account, create_key, start_session
from matchmaker.achievements import upsert_achievement
from matchmaker.contracts import upsert_contract
from matchmaker.models.account import Account, Role, Scope
from matchmaker.models.achievement import Achievement, AchievementCreate
from matchmaker.models.broker import Broker, Brokerage, BrokerageMembership
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_shapes import ContractCreate
from matchmaker.models.need import NeedCreate, TechnologyNeed
from matchmaker.models.party import Enterprise, EnterpriseCreate, Institution, InstitutionCreate
from matchmaker.needs import upsert_need
from matchmaker.parties import upsert_enterprise, upsert_institution
from matchmaker.rights import Actor
from matchmaker.visibility import today

_number = count(1)


def make_need(session: Session, **values: Any) -> TechnologyNeed:
    """A published, public need; `values` as in NeedCreate (labels, codes)."""
    number = next(_number)
    given = {
        "source": "test",
        "source_id": f"need-{number}",
        "title": f"玉米秸秆制备可降解包装材料 {number}",
        "problem": "秸秆综合利用率低，现用塑料托盘难以降解。",
        **values,
    }
    need, _ = upsert_need(session, NeedCreate.model_validate(given))
    return need


def make_achievement(session: Session, **values: Any) -> Achievement:
    """A published, public achievement; `values` as in AchievementCreate."""
    number = next(_number)
    given = {
        "source": "test",
        "source_id": f"achievement-{number}",
        "title": f"秸秆纤维模塑成型技术 {number}",
        "summary": "以农作物秸秆为原料制备可降解餐盒和托盘。",
        **values,
    }
    achievement, _ = upsert_achievement(session, AchievementCreate.model_validate(given))
    return achievement


def make_enterprise(session: Session, **values: Any) -> Enterprise:
    """An enterprise; `values` as in EnterpriseCreate."""
    number = next(_number)
    given = {"source": "test", "source_id": f"enterprise-{number}", "name": f"澄湖包装示例企业 {number}", **values}
    enterprise, _ = upsert_enterprise(session, EnterpriseCreate.model_validate(given))
    return enterprise


def make_institution(session: Session, **values: Any) -> Institution:
    """An institution; `values` as in InstitutionCreate."""
    number = next(_number)
    given = {"source": "test", "source_id": f"institution-{number}", "name": f"澄湖示例研究院 {number}", **values}
    institution, _ = upsert_institution(session, InstitutionCreate.model_validate(given))
    return institution


def make_hidden(session: Session, **values: Any) -> list[TechnologyNeed | Achievement]:
    """A need and an achievement for every reason the public may not know of one."""
    yesterday = today() - timedelta(days=1)
    states = [
        {"confidentiality": "directed"},
        {"confidentiality": "broker_only"},
        {"status": "draft"},
        {"status": "pending"},
        {"status": "withdrawn"},
        {"valid_until": yesterday},
    ]
    return [make(session, **values, **state) for make in (make_need, make_achievement) for state in states]


def make_brokerage(session: Session, **values: Any) -> Brokerage:
    """A brokerage."""
    number = next(_number)
    given = {"source": "test", "source_id": f"brokerage-{number}", "name": f"澄湖技术转移机构 {number}", **values}
    brokerage = Brokerage(**given)
    session.add(brokerage)
    session.flush()
    return brokerage


def make_broker(session: Session, *, brokerage: Brokerage | None = None, **values: Any) -> Broker:
    """A broker with a certificate and a membership; certified unless `values` say otherwise."""
    number = next(_number)
    given = {
        "source": "test",
        "source_id": f"broker-{number}",
        "name": f"经纪人{number}",
        "certificate_number": f"JS-{number:06}",
        **values,
    }
    broker = Broker(**given)
    session.add(broker)
    brokerage = brokerage or make_brokerage(session)
    session.flush()
    assert broker.id is not None
    assert brokerage.id is not None
    session.add(BrokerageMembership(broker_id=broker.id, brokerage_id=brokerage.id, joined_on=today()))
    session.flush()
    return broker


def make_contract(session: Session, **values: Any) -> TechnologyContract:
    """A signed contract of two parties in the test city, another one than any other; `values` as in ContractCreate."""
    number = next(_number)
    given = {
        "source": "test",
        "source_id": f"contract-{number}",
        "title": f"秸秆模塑成型工艺委托开发 {number}",
        "category": "development",
        "kind": "commissioned_development",
        "signed_on": today() - timedelta(days=30),
        "begins_on": today() - timedelta(days=30),
        "ends_on": today() + timedelta(days=335),
        "contract_value_fen": 30_000_000,
        "technology_value_fen": 30_000_000,
        "seller_name": f"澄湖示例研究所 {number}",
        "seller_region_code": "990102",
        "buyer_name": f"澄湖示例企业 {number}",
        "buyer_region_code": "990103",
        **values,
    }
    contract, _ = upsert_contract(session, ContractCreate.model_validate(given), is_new=True)
    session.flush()
    return contract


def make_registered(session: Session, **values: Any) -> TechnologyContract:
    """A registered contract."""
    given = {"registration_number": f"{next(_number):016}", "registered_on": today(), **values}
    return make_contract(session, **given)


def make_account(session: Session, role: Role = Role.ENTERPRISE, password: str = "", **values: Any) -> Account:
    """An account that has what its role needs: a broker record, an organisation, a district."""
    number = next(_number)
    given: dict[str, Any] = {"login_name": f"user{number}", "name": f"张{number}", "role": role, **values}
    if role is Role.BROKER and "broker_id" not in given:
        given["broker_id"] = make_broker(session).id
    if role is Role.ENTERPRISE and "enterprise_id" not in given:
        given["enterprise_id"] = make_enterprise(session).id
    if role is Role.INSTITUTION and "institution_id" not in given:
        given["institution_id"] = make_institution(session).id
    if role is Role.BROKERAGE_ADMINISTRATOR and "brokerage_id" not in given:
        given["brokerage_id"] = make_brokerage(session).id
    if role is Role.DISTRICT_OFFICIAL:
        given.setdefault("region_code", "990102")
    account = create_account(session, Account(**given), password=password)
    session.flush()
    return account


def actor_for(session: Session, account: Account) -> Actor:
    """The account as somebody who acts, as if in her browser."""
    return actor_of(session, account)


def key_of(session: Session, account: Account, *scopes: Scope) -> dict[str, str]:
    """Headers of an API key of the account, by default with every scope."""
    secret = create_key(session, account, "test", list(scopes or Scope))
    return {"Authorization": f"Bearer {secret}"}


def cookie_of(session: Session, account: Account) -> dict[str, str]:
    """The cookie of a browser in which the account is logged in (over plain HTTP)."""
    return {"session": start_session(session, account)}
