"""What every way out shares: the message, and what can be said of one that was not delivered."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto

# Distances between the eight attempts: soon after a hiccup, and on over the two days of a weekend.
RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720, 1440))


@dataclass(frozen=True)
class Message:
    """One message. `identity` is the same however often it is sent; `link` is an address, or empty."""

    identity: str
    subject: str
    lines: tuple[str, ...]
    link: str = ""


class Verdict(Enum):
    """What became of a message that was not delivered, as far as is known."""

    # Nobody got it; another attempt may succeed.
    LATER = auto()
    # Nobody got it, and nothing sent this way will get through just now.
    WAY_BLOCKED = auto()
    # Nobody got it, and nobody will: this recipient is refused for good.
    NEVER = auto()
    # The line broke after the message was handed over.
    UNKNOWN = auto()


class Undelivered(Exception):
    """`str(error)` is a Chinese sentence for the recipient: no address, no key, nothing of what the other side said."""

    def __init__(self, sentence: str, verdict: Verdict) -> None:
        super().__init__(sentence)
        self.verdict = verdict
