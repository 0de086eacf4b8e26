"""Ways out of the platform: mail (`mail.py`) and group robots (`robots.py`). Nothing here knows of tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from matchmaker.models.notice import Way
from matchmaker.sending.base import Message, Undelivered
from matchmaker.sending.mail import MailServer
from matchmaker.sending.robots import RobotGateway
from matchmaker.settings import Settings

__all__ = ["Message", "Sender", "Senders", "Undelivered"]


class Sender(Protocol):
    """One way out. `resends` says whether a message may be sent again when nobody knows if it has arrived."""

    @property
    def resends(self) -> bool: ...

    def send(self, to: str, message: Message) -> None:
        """Hand the message over. Raises Undelivered."""


@dataclass(frozen=True)
class Senders:
    """The ways this installation serves. Those that its settings switch off are missing."""

    by_way: Mapping[Way, Sender]

    @classmethod
    def of(cls, settings: Settings) -> "Senders":
        """Raises ValueError, in a sentence without the secret, for an address in the settings that cannot be used."""
        found: dict[Way, Sender] = {}
        if settings.mail_url:
            found[Way.MAIL] = MailServer.of(settings)
        bases = {Way.WECOM: settings.wecom_url, Way.DINGTALK: settings.dingtalk_url, Way.FEISHU: settings.feishu_url}
        found.update({way: RobotGateway.of(way, base) for way, base in bases.items() if base})
        return cls(found)
