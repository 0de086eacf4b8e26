"""Turnover 成交额: what the registered (or signed) contracts of a region add up to, by measure, caliber and date basis.

The formulas stand once, in `calibers.py`. A figure and the contracts behind it come from the same conditions.
"""

from matchmaker.turnover.asked import TurnoverQuery, check_region, counted_region, region_name
from matchmaker.turnover.behind import Behind, CountedContract, contracts_behind
from matchmaker.turnover.calibers import side_conditions, sides
from matchmaker.turnover.comparison import completion, growth, share, year_before
from matchmaker.turnover.dimensions import MISSING, Dimension, group_label
from matchmaker.turnover.figures import Figures, Group
from matchmaker.turnover.query import TurnoverReport, a_year_earlier, turnover_report, turnover_reports

__all__ = [
    "MISSING",
    "Behind",
    "CountedContract",
    "Dimension",
    "Figures",
    "Group",
    "TurnoverQuery",
    "TurnoverReport",
    "a_year_earlier",
    "check_region",
    "completion",
    "contracts_behind",
    "counted_region",
    "group_label",
    "growth",
    "region_name",
    "share",
    "side_conditions",
    "sides",
    "turnover_report",
    "turnover_reports",
    "year_before",
]
