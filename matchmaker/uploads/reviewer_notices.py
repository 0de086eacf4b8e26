"""Who is told of an import: the officials who review what it brought."""

from sqlmodel import Session

from matchmaker.ingest import ImportKind
from matchmaker.models.notice import NoticeKind
from matchmaker.notices import NoticeText, notify, officials_of


def tell_reviewers(session: Session, kind: ImportKind, pending: int, region: str | None, import_id: int | str) -> None:
    """That so many records of this import wait for their review."""
    waiting = NoticeText(
        NoticeKind.TO_REVIEW,
        f"import-review-{import_id}",
        f"{pending} 条{kind.label}等待审核",
        "由批量导入提交",
        "/review",
    )
    notify(session, officials_of(session, region), waiting)
