"""Batches: a file is uploaded, its columns are settled, its cells corrected, it is started, and may be undone."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, delete, func, update
from sqlalchemy.orm import defer
from sqlmodel import Session, col, false, or_, select, true

from matchmaker.errors import MalformedRequest, NotAllowed, NotFound, WrongStatus
from matchmaker.ingest import ImportKind, column_choices, file_columns, guessed_field, returned_cells, table_texts
from matchmaker.models.account import Account, Role
from matchmaker.models.base import now
from matchmaker.models.party import Enterprise, Institution
from matchmaker.models.upload import BatchStatus, ImportBatch, ImportedRecord, WriteMode
from matchmaker.rights import Actor, Right
from matchmaker.uploads.checking import as_file, options_of
from matchmaker.uploads.report import BatchReport, report_of
from matchmaker.uploads.rules import kinds_for
from matchmaker.uploads.undoing import UNDO_WITHIN

_NAME_LENGTH = 200
# What a cell may hold: the longest field of any record.
_CELL_LENGTH = 20_000


def upload(session: Session, kind: ImportKind, file_name: str, content: bytes, *, by: Actor) -> ImportBatch:
    """A batch with this file, waiting for its check: a new one, or that of a first click on the same button.

    Raises NotAllowed, UnreadableFile (no table at all), MalformedRequest (empty).
    """
    if by.account_id is None or kind not in kinds_for(by):
        raise NotAllowed(f"您不能导入{kind.label}", "请选择本单位可以导入的内容，或联系主管部门")
    batch = ImportBatch(
        account_id=by.account_id, kind=kind.value, file_name=Path(file_name).name[-_NAME_LENGTH:], content=content
    )
    if sent_before := _untouched(session, batch):
        return sent_before
    with as_file(batch) as path:
        # Read here only to refuse at once what is no table.
        file_columns(kind, path, {})
    session.add(batch)
    session.flush()
    return batch


def batch_for(session: Session, batch_id: int, *, by: Actor) -> ImportBatch:
    """The batch, for whoever uploaded it and the officials who oversee her. Raises NotFound."""
    batch = session.exec(select(ImportBatch).where(ImportBatch.id == batch_id, _visible(by))).first()
    if batch is None:
        raise NotFound(f"没有编号为 {batch_id} 的导入", "请从批量导入的列表重新进入")
    return batch


def own_batch(session: Session, batch_id: int, *, by: Actor) -> ImportBatch:
    """The batch, for whoever uploaded it and nobody else: its cells are hers. Raises NotFound."""
    batch = batch_for(session, batch_id, by=by)
    if batch.account_id != by.account_id:
        raise NotFound("只有上传的人可以查看和修改文件内容", "请联系上传的人")
    return batch


def batches_of(session: Session, *, by: Actor, offset: int, limit: int) -> tuple[list[tuple[ImportBatch, str]], int]:
    """Batches this person may know of with the name of who uploaded them, newest first; and how many there are."""
    found = (
        select(ImportBatch, Account.name)
        .join(Account, col(Account.id) == ImportBatch.account_id)
        .where(_visible(by))
        .options(defer(ImportBatch.content, raiseload=True), defer(ImportBatch.corrections))  # type: ignore[arg-type]
        .order_by(col(ImportBatch.id).desc())
    )
    total = session.exec(select(func.count()).select_from(ImportBatch).where(_visible(by))).one()
    return [(batch, name) for batch, name in session.exec(found.offset(offset).limit(limit))], total


def choose_columns(session: Session, batch: ImportBatch, mapping: Mapping[str, str]) -> None:
    """What each heading means (a choice of `column_choices`; empty: not imported); the file is then checked again.

    Raises WrongStatus, MalformedRequest (unknown heading or field).
    """
    _check_open(batch)
    choices = column_choices(ImportKind.parse(batch.kind))
    headings = {one.heading for one in report_of(batch).columns}
    for heading, field in mapping.items():
        if heading not in headings or (field and field not in choices):
            raise MalformedRequest(f"文件里没有“{heading}”这一列，或没有这个字段", "请刷新页面后重新选择")
    kind = ImportKind.parse(batch.kind)
    # Only what differs from our own guess: that knows more than the name of a field, units for one.
    batch.mapping = {heading: field for heading, field in mapping.items() if field != guessed_field(kind, heading)}
    _check_again(batch)


def correct_cells(
    session: Session, batch: ImportBatch, cells: Mapping[int, Mapping[str, str]], drop: Collection[int] = ()
) -> None:
    """New texts for cells (row number → heading → text) and rows to leave out; the file is then checked again.

    Raises WrongStatus, MalformedRequest (a cell that the file has not, or too long a text).
    """
    _check_open(batch)
    headings = {one.heading for one in report_of(batch).columns}
    corrections = {row: dict(known) for row, known in batch.corrections.items()}
    for row, texts in cells.items():
        for heading, text in texts.items():
            if heading not in headings:
                raise MalformedRequest(f"文件里没有“{heading}”这一列", "请刷新页面后重新修改")
            if len(text) > _CELL_LENGTH:
                raise MalformedRequest(f"“{heading}”超过 {_CELL_LENGTH} 个字", "请缩短后再提交")
            corrections.setdefault(str(row), {})[heading] = text
    batch.corrections = corrections
    batch.dropped = sorted({*batch.dropped, *drop})
    _check_again(batch)


def take_corrected_file(session: Session, batch: ImportBatch, file_name: str, content: bytes) -> int:
    """Take over the cells of the returned file, corrected by its author, into the batch; returns how many differ.

    Raises WrongStatus, UnreadableFile, MalformedRequest (not the file this batch handed out).
    """
    _check_open(batch)
    kind = ImportKind.parse(batch.kind)
    headings, first = _cells_by_row(batch)
    returned = ImportBatch(account_id=batch.account_id, kind=batch.kind, file_name=file_name, content=content)
    with as_file(returned) as path:
        rows = returned_cells(kind, path)
    corrections: dict[int, dict[str, str]] = {}
    for number, cells in rows.items():
        known = first.get(number)
        if known is None or len(cells) != len(headings):
            raise MalformedRequest("退回文件与这次导入的文件不是同一份", "请重新下载本页的退回文件，在它上面修改")
        changed = {
            heading: new for heading, old, new in zip(headings, known, cells, strict=True) if heading and old != new
        }
        if changed:
            corrections[number] = changed
    correct_cells(session, batch, corrections)
    return sum(len(one) for one in corrections.values())


def start(session: Session, batch: ImportBatch, mode: WriteMode) -> None:
    """Let the batch be imported in the background. Raises WrongStatus, MalformedRequest (nothing to import)."""
    if batch.status is BatchStatus.FAILED and batch.rows_done:
        # Goes on where it stopped: what is done stays as it was asked for.
        batch.status, batch.problem, batch.updated_at = BatchStatus.WAITING, "", now()
        return
    _check_open(batch)
    if batch.status is not BatchStatus.UPLOADED:
        raise WrongStatus("文件还没有核对完", "请等核对完成后再导入")
    checked = report_of(batch)
    if not checked.good:
        raise MalformedRequest("没有可以导入的行", "请先改正表中的问题，或重新上传")
    fresh = BatchReport(
        columns=checked.columns, sheet=checked.sheet, notes=checked.notes, title_only=checked.title_only
    )
    batch.report = fresh.model_dump(mode="json")
    batch.mode, batch.rows_done, batch.status, batch.updated_at = mode, 0, BatchStatus.WAITING, now()


def may_undo(batch: ImportBatch) -> bool:
    """Is there anything to undo, and is it not too late?"""
    is_over = batch.status is BatchStatus.FINISHED or (batch.status is BatchStatus.FAILED and batch.rows_done > 0)
    return is_over and batch.created_at > now() - UNDO_WITHIN


def undo(session: Session, batch: ImportBatch, *, by: Actor) -> None:
    """Let the batch be undone in the background. Raises WrongStatus, NotAllowed."""
    if by.account_id != batch.account_id and not (by.is_official and by.may(Right.REVIEW)):
        raise NotAllowed("只有上传的人和主管部门可以撤销导入", "请联系上传的人")
    if not may_undo(batch):
        raise WrongStatus(
            "这次导入不能撤销", f"导入完成后 {UNDO_WITHIN.days} 天内可以撤销；个别记录请在各自的页面修改或撤回"
        )
    batch.status, batch.undone_by_id, batch.updated_at = BatchStatus.UNDOING, by.account_id, now()


def discard(session: Session, batch: ImportBatch) -> None:
    """Remove a batch that was never started. Raises WrongStatus."""
    if batch.status not in (BatchStatus.CHECKING, BatchStatus.UPLOADED, BatchStatus.FAILED) or batch.rows_done:
        raise WrongStatus("已经开始的导入不能删除", "导入完成后可以撤销")
    session.delete(batch)


def kept_records(session: Session, batch: ImportBatch, limit: int) -> list[ImportedRecord]:
    """Records of an undone batch that were left as they are, with the reason."""
    found = select(ImportedRecord).where(ImportedRecord.batch_id == batch.id, col(ImportedRecord.problem) != "")
    return list(session.exec(found.order_by(col(ImportedRecord.id)).limit(limit)))


def forget_old_batches(session: Session, *, older_than: timedelta = UNDO_WITHIN) -> int:
    """Forget the files, corrected cells and former values of old batches: they hold contact data. How many batches.

    What was imported stays, and so do the numbers; batches that were never started go altogether.
    """
    old = col(ImportBatch.created_at) < now() - older_than
    idle = col(ImportBatch.status).not_in((BatchStatus.WAITING, BatchStatus.RUNNING, BatchStatus.UNDOING))
    never_started = (col(ImportBatch.status).in_((BatchStatus.CHECKING, BatchStatus.UPLOADED))) | (
        (col(ImportBatch.status) == BatchStatus.FAILED) & (col(ImportBatch.rows_done) == 0)
    )
    session.exec(delete(ImportBatch).where(old, never_started))
    ids = list(session.exec(select(ImportBatch.id).where(old, idle, func.length(col(ImportBatch.content)) > 0)))
    if not ids:
        return 0
    session.exec(update(ImportBatch).where(col(ImportBatch.id).in_(ids)).values(content=b"", corrections={}, report={}))
    session.exec(delete(ImportedRecord).where(col(ImportedRecord.batch_id).in_(ids)))
    return len(ids)


def _visible(by: Actor) -> ColumnElement[bool]:
    """SQL condition on `ImportBatch`: her own, and those of the accounts an official oversees."""
    if not by.is_known:
        return false()
    if by.oversees_everything:
        return true()
    mine = col(ImportBatch.account_id) == by.account_id
    if by.role is not Role.DISTRICT_OFFICIAL or not by.region_code:
        return mine
    within = (
        select(Account.id)
        .outerjoin(Enterprise, col(Enterprise.id) == Account.enterprise_id)
        .outerjoin(Institution, col(Institution.id) == Account.institution_id)
        .where(
            or_(
                col(Enterprise.region_code).startswith(by.region_code),
                col(Institution.region_code).startswith(by.region_code),
                col(Account.region_code).startswith(by.region_code),
            )
        )
    )
    return mine | col(ImportBatch.account_id).in_(within)


def _untouched(session: Session, like: ImportBatch) -> ImportBatch | None:
    """The last import of this person, if it has the same file and nothing has been done with it."""
    last = select(ImportBatch).where(ImportBatch.account_id == like.account_id).order_by(col(ImportBatch.id).desc())
    found = session.exec(last.limit(1)).first()
    if found is None or found.status not in (BatchStatus.CHECKING, BatchStatus.UPLOADED):
        return None
    is_same = (found.kind, found.file_name, found.content) == (like.kind, like.file_name, like.content)
    return found if is_same and not (found.mapping or found.corrections or found.dropped) else None


def _check_open(batch: ImportBatch) -> None:
    is_open = batch.status in (BatchStatus.CHECKING, BatchStatus.UPLOADED) or (
        batch.status is BatchStatus.FAILED and not batch.rows_done
    )
    if not is_open:
        raise WrongStatus(f"这次导入{batch.status.label}，不能再修改", "请另行导入改好的文件")


def _check_again(batch: ImportBatch) -> None:
    batch.status, batch.problem, batch.updated_at = BatchStatus.CHECKING, "", now()


def _cells_by_row(batch: ImportBatch) -> tuple[list[str], dict[int, list[str]]]:
    """The headings of the batch's file, and the cells of each row as they are with the corrections so far."""
    options = options_of(batch, "")
    with as_file(batch) as path:
        return table_texts(ImportKind.parse(batch.kind), path, options["column_map"], options["corrections"])
