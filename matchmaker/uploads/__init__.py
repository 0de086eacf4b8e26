"""Bulk imports 批量导入 from the page: upload → columns → check → corrections → background run → undo.

The file lives in the database as an `ImportBatch`; nothing of it becomes a record before its author has seen the check
and started it. What the rows may be is said by `rules.py`, what becomes of them by `ingest`.
"""

from matchmaker.uploads.batches import (
    batch_for,
    batches_of,
    choose_columns,
    correct_cells,
    discard,
    forget_old_batches,
    kept_records,
    may_undo,
    own_batch,
    start,
    take_corrected_file,
    undo,
    upload,
)
from matchmaker.uploads.checking import check_batch, write_rejected_of
from matchmaker.uploads.direct import import_directly
from matchmaker.uploads.report import BatchReport, report_of
from matchmaker.uploads.rules import kinds_for
from matchmaker.uploads.running import ImportRunner, run_waiting_batches

__all__ = [
    "BatchReport",
    "ImportRunner",
    "batch_for",
    "batches_of",
    "check_batch",
    "choose_columns",
    "correct_cells",
    "discard",
    "forget_old_batches",
    "import_directly",
    "kept_records",
    "kinds_for",
    "may_undo",
    "own_batch",
    "report_of",
    "run_waiting_batches",
    "start",
    "take_corrected_file",
    "undo",
    "upload",
    "write_rejected_of",
]
