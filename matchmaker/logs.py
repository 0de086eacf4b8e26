"""Log lines in one place and two formats, each with the id of the request it belongs to. Nothing private gets into them."""

import json
import logging
import re
import sys
import threading
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime

from matchmaker.settings import Settings

# Set once for each request; threads that answer synchronous routes are started with a copy of it.
request_id: ContextVar[str] = ContextVar("request_id", default="")

# What the line of a finished request says besides its message: see `web.envelope`.
ACCESS_FIELDS = ("method", "path", "status", "milliseconds")

# Whose lines are of use to an operator at INFO. Other libraries are heard from WARNING on: elastic_transport, for one,
# tells every request's URL at INFO.
TALKATIVE = ("matchmaker", "indexing", "alembic", "uvicorn")

# Greedy up to the last `@`: a password may hold an `@` that nobody escaped. Rather hide too much.
_CREDENTIALS = re.compile(r"(?<=://)\S*@")
_SECRET_ARGUMENT = re.compile(r"((?:password|passwd|api_?key|token|secret)=)[^&\s]+", re.IGNORECASE)
# Whoever puts a line break or a terminal's control sequence into an address must not be able to forge lines.
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def configure(settings: Settings | None, *, verbose: bool) -> None:
    """Send every log line of this process to stderr: as `settings` ask, as text for people when they are None.

    WARNING and above; `verbose`, and the format for collectors, also show INFO: requests, migrations.
    """
    as_json = settings is not None and settings.log_format == "json"
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if as_json else TextLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.INFO if verbose or as_json else logging.WARNING)
    logging.captureWarnings(True)
    threading.excepthook = _thread_failed


def without_secrets(text: str) -> str:
    """The text without the credentials that URLs in it carry."""
    return _SECRET_ARGUMENT.sub(r"\1***", _CREDENTIALS.sub("***@", text))


def where(error: BaseException) -> str:
    """Type and place of an exception, not its text: that may repeat what somebody typed, or a row of the database."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames[:-1] if "site-packages" not in frame.filename]
    return "\n".join(
        [type(error).__name__, *(f"  {one.filename}:{one.lineno} in {one.name}" for one in [*ours, *frames[-1:]])]
    )


class _Lines(logging.Formatter):
    def message_of(self, record: logging.LogRecord) -> str:
        """The message; of an exception that comes with it only type and place."""
        parts = [record.getMessage()]
        if record.exc_info and record.exc_info[1] is not None:
            parts.append(where(record.exc_info[1]))
        return without_secrets("\n".join(part for part in parts if part))


class JsonLines(_Lines):
    """One JSON object a line: time (UTC), level, logger, message; request_id and the access fields where there are any."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": self.message_of(record),
        }
        if given := request_id.get():
            line["request_id"] = given
        line |= {name: vars(record)[name] for name in ACCESS_FIELDS if name in vars(record)}
        return json.dumps(line, ensure_ascii=False)


class TextLines(_Lines):
    """The same for people; what does not fit on one line goes on indented."""

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="seconds")
        given = request_id.get()
        head = f"{time} {record.levelname} {record.name} {f'[{given}] ' if given else ''}"
        message = _CONTROL.sub(lambda found: ascii(found.group())[1:-1], self.message_of(record))
        return head + message.replace("\n", "\n  ")


def _thread_failed(failed: threading.ExceptHookArgs) -> None:
    """A thread of ours that ends by an exception says so like everything else; Python would print the text as well."""
    if failed.exc_value is not None:
        name = failed.thread.name if failed.thread else "?"
        logging.getLogger(__name__).error("thread %s ended with %s", name, where(failed.exc_value))
