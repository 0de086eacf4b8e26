"""Records for tests: every field has a harmless value, the test names the ones it is about. Queued, not committed."""

from datetime import timedelta
from itertools import count
from typing import Any

from sqlmodel import Session

from matchmaker.achievements import upsert_achievement
from matchmaker.models.achievement import Achievement, AchievementCreate
from matchmaker.models.need import NeedCreate, TechnologyNeed
from matchmaker.models.party import Enterprise, EnterpriseCreate, Institution, InstitutionCreate
from matchmaker.needs import upsert_need
from matchmaker.parties import upsert_enterprise, upsert_institution
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
