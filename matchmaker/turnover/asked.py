"""What can be asked of the turnover."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from matchmaker.classification import classification, region_prefix
from matchmaker.errors import MalformedRequest, NotAllowed
from matchmaker.models.account import Role
from matchmaker.models.contract_words import Caliber, DateBasis, Measure
from matchmaker.period import Period
from matchmaker.rights import Actor, Right
from matchmaker.turnover.dimensions import Dimension


@dataclass(frozen=True)
class TurnoverQuery:
    """One question. `region_code` is the R of the formulas; `filters` narrow to one group of each dimension."""

    period: Period
    measure: Measure = Measure.CONTRACT_VALUE
    caliber: Caliber = Caliber.OUTFLOW
    date_basis: DateBasis = DateBasis.REGISTERED
    region_code: str = ""
    group_by: Dimension | None = None
    filters: Mapping[Dimension, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        code = self.region_code
        if not (code.isascii() and code.isdecimal() and len(code) in (6, 9, 12)):
            raise MalformedRequest(
                "统计地区应为行政区划代码", f"如本市 {classification().city.code}，或一个县市区的代码"
            )

    @property
    def region_prefix(self) -> str:
        """How the codes of what lies in the region begin."""
        return region_prefix(self.region_code)

    def for_reader(self, reader: Actor) -> "TurnoverQuery":
        """The same question, if she may ask it: a district official of her own district only. Raises NotAllowed."""
        check_region(self.region_code, reader)
        return self


def check_region(region_code: str, reader: Actor) -> None:
    """Raise NotAllowed unless she may read the turnover of this region."""
    if not reader.may(Right.READ_TURNOVER):
        raise NotAllowed("成交额统计只供科技主管部门查看", "如需数据，请联系市科技局")
    if not reader.oversees(region_code):
        raise NotAllowed("只能查看本区县的成交额统计", "请把统计地区改为本区县")


def counted_region(reader: Actor) -> str:
    """The region her turnover is about unless she says otherwise: her district, else the city."""
    own = reader.region_code if reader.role is Role.DISTRICT_OFFICIAL else None
    return own or classification().city.code


def region_name(code: str) -> str:
    """`澄湖市`, `澄东区`: the region as the heading of a figure."""
    city = classification().city
    return city.name if code == city.code else classification().region_name(code) or code
