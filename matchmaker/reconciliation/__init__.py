"""Reconciliation 登记对账: the ledger against the list of the registry, explained to the fen.

A list is kept as it was read (`lists.py`); the comparison is made anew at every look (`comparison.py`), so that what
is mended in the ledger leaves it. A contract that is missing here can be entered from its row (`entering.py`).
"""

from matchmaker.reconciliation.comparison import (
    Difference,
    Group,
    GroupKind,
    Line,
    Reconciliation,
    Sums,
    reconcile,
)
from matchmaker.reconciliation.entering import enter_row
from matchmaker.reconciliation.lists import (
    ListAsked,
    delete_list,
    lists_page,
    read_registry_list,
    readable_list,
    row_of,
)
from matchmaker.reconciliation.workbook import write_reconciliation

__all__ = [
    "Difference",
    "Group",
    "GroupKind",
    "Line",
    "ListAsked",
    "Reconciliation",
    "Sums",
    "delete_list",
    "enter_row",
    "lists_page",
    "read_registry_list",
    "readable_list",
    "reconcile",
    "row_of",
    "write_reconciliation",
]
