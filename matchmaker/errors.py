"""What can go wrong in the application. Each class carries its HTTP status; `str(error)` says what to do.

MatchmakerError
├── NotFound                404  no such record, or not one this reader may know of
├── NotLoggedIn             401  somebody must be known for this, and nobody is
├── NotAllowed              403  known, but without the right
├── VersionConflict         409  the record was changed since it was read
├── RecordAlreadyExists     409  the natural key or credit code is taken
├── RecordNotMatchable      409  the record is not published, or has expired
├── UnreadableFile          400  the file is not what it should be
├── MalformedRequest        422  a field of the payload is wrong
├── DatabaseNotReady        503  the database cannot be used as it is
├── MoveRefused             409  one database cannot be moved into the other
└── SearchNotAvailable      503  the search index cannot answer just now
"""

from typing import ClassVar


class MatchmakerError(Exception):
    """Root of the tree. `detail` says what happened, `fix` what to do about it; both are fit for a page."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "error"

    def __init__(self, detail: str, fix: str = "") -> None:
        super().__init__(f"{detail}。{fix}" if fix else detail)
        self.detail = detail
        self.fix = fix


class NotFound(MatchmakerError):
    status = 404
    code = "not_found"


class NotLoggedIn(MatchmakerError):
    status = 401
    code = "not_logged_in"


class NotAllowed(MatchmakerError):
    status = 403
    code = "not_allowed"


class VersionConflict(MatchmakerError):
    status = 409
    code = "version_conflict"


class RecordAlreadyExists(MatchmakerError):
    status = 409
    code = "record_already_exists"


class RecordNotMatchable(MatchmakerError):
    status = 409
    code = "record_not_matchable"


class UnreadableFile(MatchmakerError):
    status = 400
    code = "unreadable_file"


class MalformedRequest(MatchmakerError):
    status = 422
    code = "malformed_request"


class DatabaseNotReady(MatchmakerError):
    status = 503
    code = "database_not_ready"


class MoveRefused(MatchmakerError):
    status = 409
    code = "move_refused"


class SearchNotAvailable(MatchmakerError):
    status = 503
    code = "search_not_available"
