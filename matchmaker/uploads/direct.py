"""A file that a program sends: written at once, under the rules of the page, without the page's steps in between."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel
from sqlalchemy import Engine
from sqlmodel import Session

from matchmaker.audit import reason_for
from matchmaker.database import session_scope
from matchmaker.errors import MalformedRequest
from matchmaker.ingest import ImportKind, IngestOptions, IngestReport, RowResult, SourceRow, Written, ingest_file
from matchmaker.models.achievement import Achievement
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.upload import WriteMode
from matchmaker.records import Outcome
from matchmaker.rights import Actor, Right
from matchmaker.uploads.reviewer_notices import tell_reviewers
from matchmaker.uploads.rules import Admission, admission, source_of

# Of the column; what comes before a member's own source takes up to half of it.
_LONGEST_SOURCE = 100


def import_directly(
    database: Engine,
    kind: ImportKind,
    path: Path,
    options: IngestOptions,
    *,
    by: Actor,
    import_id: str,
) -> IngestReport:
    """Load the file in this person's name: what a member brings waits for its review, and the officials are told.

    Whoever publishes directly writes as `matchmaker ingest` does. For everybody else the options'
    `source` names one of her own. Raises NotAllowed (a kind that is not hers), UnreadableFile, MalformedRequest.
    """
    if by.may(Right.PUBLISH_DIRECTLY):
        return ingest_file(database, kind, path, replace(options, by=by))
    with Session(database) as session:
        rules = admission(session, kind, WriteMode.BOTH, by=by)
        session.expunge_all()
    source = source_of(by, kind)
    if options.source is not None:
        source = options.source if by.oversees_everything else f"{source}:{options.source}"
    if len(source) > _LONGEST_SOURCE:
        raise MalformedRequest("来源名称太长", "请把 source 改为 40 个字以内")
    watcher = _Watching(rules, import_id)
    report = ingest_file(database, kind, path, replace(options, source=source, by=by, watcher=watcher))
    if watcher.pending and not options.dry_run:
        with session_scope(database) as session:
            region = rules.own.region_code if rules.own is not None else by.region_code
            tell_reviewers(session, kind, watcher.pending, region, import_id)
    return report


class _Watching:
    """The rules of the page for every row, and how many now wait for their review."""

    def __init__(self, rules: Admission, import_id: str) -> None:
        self.pending = 0
        self._rules = rules
        self._import_id = import_id

    @contextmanager
    def transaction(self, session: Session) -> Iterator[None]:
        with reason_for(session, f"接口导入 {self._import_id[:8]}"):
            yield

    def admit(self, row: SourceRow, create: BaseModel) -> BaseModel:
        return self._rules.admit(create)

    def wrote(self, session: Session, written: Written) -> Written:
        return self._rules.settle(written)

    def closing(self, session: Session, rows: Sequence[tuple[SourceRow, RowResult]]) -> None:
        for _, result in rows:
            if not isinstance(result, Written) or result.outcome is Outcome.UNCHANGED:
                continue
            if isinstance(result.record, TechnologyNeed | Achievement):
                self.pending += result.record.status == "pending"
