"""What is wrong with a contract, or should be looked at, before it goes to the registry (domain.md §2.6)."""

from dataclasses import dataclass

from sqlmodel import Session

from matchmaker.models.contract import TechnologyContract
from matchmaker.models.labels import Labelled


class Level(Labelled):
    """ERROR: the registry would refuse it. WARN: look at it, and say why it is right. INFO: good to know."""

    ERROR = "error", "须改正"
    WARN = "warn", "须确认"
    INFO = "info", "提示"


@dataclass(frozen=True)
class Finding:
    """One thing found: the rule's number, plain words, what to do, the rule's source, the field it is about."""

    rule: str
    level: Level
    sentence: str
    repair: str = ""
    source: str = ""
    field: str = ""
    officials_only: bool = False


def check(_session: Session, contract: TechnologyContract) -> list[Finding]:
    """Everything found, errors first."""
    if contract.technology_value_fen > contract.contract_value_fen:
        return [Finding("V1", Level.ERROR, "技术交易额大于合同成交额", "请核对两个金额", field="technology_value_fen")]
    return []
