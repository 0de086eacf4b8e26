"""What can go wrong in the application. Each class carries its HTTP status; `str(error)` says what to do.

MatchmakerError
├── NotFound                404  no such record, or not one this reader may know of
├── NotLoggedIn             401  somebody must be known for this, and nobody is
├── LoginRefused            401  wrong name, password or code; or too many wrong ones just before
│   └── CodeNeeded          401  the password is right, the code of the second factor is missing
├── NotAllowed              403  known, but without the right
├── AccountNotReady         403  the person must first do something about the own account
├── CrossSiteRequest        403  a form of another site
├── VersionConflict         409  the record was changed since it was read
├── RecordAlreadyExists     409  the natural key or credit code is taken
├── RecordLocked            409  the record is published: its changes are reviewed first
├── AlreadyMember           409  a broker practises in the name of one brokerage at a time
├── LimitReached            409  no more of these may be kept
├── RecordNotMatchable      409  the record is not published, or has expired
├── AlreadyCarried          409  another broker was the first to take this match up
├── ContactNotOpen          409  contacts are not open yet: both sides have to agree first
├── WrongStatus             409  the step does not follow on the record's status
├── ContractNotReady        409  the pre-check finds what the registry would refuse
├── NumberTaken             409  another contract has this registration number
├── MetricMismatch          409  two figures of different metric, caliber or date basis are not compared
├── KeyReused               409  an idempotency key that another request has used
├── KeyInUse                409  the same request with this key has begun and not ended
├── PreconditionFailed      412  the record is another version than the request's If-Match
├── PreconditionRequired    428  a change that does not say from which version it starts
├── UnreadableFile          400  the file is not what it should be
├── MalformedRequest        422  a field of the payload is wrong
├── DatabaseNotReady        503  the database cannot be used as it is
├── MoveRefused             409  one database cannot be moved into the other
├── TooManyRequests         429  more requests than one may make in a minute
├── ToolNotInstalled        503  an optional part of the installation is missing: charts, a Chinese font
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


class LoginRefused(MatchmakerError):
    status = 401
    code = "login_refused"


class CodeNeeded(LoginRefused):
    """The password was right; the second factor is missing."""

    code = "code_needed"


class NotAllowed(MatchmakerError):
    status = 403
    code = "not_allowed"


class AccountNotReady(MatchmakerError):
    """`page` is where the person does what is missing."""

    status = 403
    code = "account_not_ready"

    def __init__(self, detail: str, fix: str, page: str) -> None:
        super().__init__(detail, fix)
        self.page = page


class CrossSiteRequest(MatchmakerError):
    status = 403
    code = "cross_site_request"


class VersionConflict(MatchmakerError):
    status = 409
    code = "version_conflict"


class RecordAlreadyExists(MatchmakerError):
    status = 409
    code = "record_already_exists"


class RecordLocked(MatchmakerError):
    status = 409
    code = "record_locked"


class AlreadyMember(MatchmakerError):
    status = 409
    code = "already_member"


class LimitReached(MatchmakerError):
    status = 409
    code = "limit_reached"


class RecordNotMatchable(MatchmakerError):
    status = 409
    code = "record_not_matchable"


class WrongStatus(MatchmakerError):
    status = 409
    code = "wrong_status"


class ContractNotReady(MatchmakerError):
    status = 409
    code = "contract_not_ready"


class NumberTaken(MatchmakerError):
    status = 409
    code = "number_taken"


class MetricMismatch(MatchmakerError):
    status = 409
    code = "metric_mismatch"


class KeyReused(MatchmakerError):
    status = 409
    code = "key_reused"


class KeyInUse(MatchmakerError):
    status = 409
    code = "key_in_use"


class AlreadyCarried(MatchmakerError):
    status = 409
    code = "already_carried"


class ContactNotOpen(MatchmakerError):
    status = 409
    code = "contact_not_open"


class PreconditionFailed(MatchmakerError):
    status = 412
    code = "precondition_failed"


class PreconditionRequired(MatchmakerError):
    status = 428
    code = "precondition_required"


class UnreadableFile(MatchmakerError):
    status = 400
    code = "unreadable_file"


class MalformedRequest(MatchmakerError):
    status = 422
    code = "malformed_request"


class DatabaseNotReady(MatchmakerError):
    status = 503
    code = "database_not_ready"


class BackupRefused(MatchmakerError):
    status = 409
    code = "backup_refused"


class MoveRefused(MatchmakerError):
    status = 409
    code = "move_refused"


class TooManyRequests(MatchmakerError):
    """`retry_after`: seconds until the next request may be made."""

    status = 429
    code = "too_many_requests"

    def __init__(self, detail: str, fix: str, retry_after: int) -> None:
        super().__init__(detail, fix)
        self.retry_after = retry_after


class ToolNotInstalled(MatchmakerError):
    status = 503
    code = "tool_not_installed"


class SearchNotAvailable(MatchmakerError):
    status = 503
    code = "search_not_available"
