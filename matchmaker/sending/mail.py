"""Mail by SMTP.

Not through apprise, whose mails get a random Message-ID: ours is the message's own, so that a mail which is sent again
because nobody knows whether the first one arrived is recognised as the same one.
"""

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

from matchmaker.models.base import now
from matchmaker.sending.base import Message, Undelivered, Verdict
from matchmaker.settings import Settings

# For each answer of the server. Longer than a busy one needs; a mail has five to eight of them.
_SECONDS = 20.0
_WRITTEN = "MATCHMAKER_MAIL_URL 应写成 smtp://用户@主机:587?from=发件地址 或 smtps://用户@主机:465"


@dataclass(frozen=True)
class MailServer:
    """The server in `mail_url`. `smtps` is encrypted from the start, `smtp` as soon as the server offers it."""

    host: str
    port: int
    sender: str
    title: str
    user: str = ""
    password: str = field(default="", repr=False)
    encrypted: bool = False
    # The operator wrote `tls=off`: a relay in the own machine room that knows no encryption.
    plain: bool = False
    # The same Message-ID: the recipient's mailbox shows it once, or the reader sees that it is the same.
    resends: bool = True

    @classmethod
    def of(cls, settings: Settings) -> "MailServer":
        """Raises ValueError with the repair; the address is not repeated, it may hold a password."""
        try:
            url = urlsplit(settings.mail_url)
            port = url.port
        except ValueError as error:
            raise ValueError(_WRITTEN) from error
        if url.scheme not in ("smtp", "smtps") or not url.hostname:
            raise ValueError(_WRITTEN)
        given = parse_qs(url.query)
        user = unquote(url.username or "")
        sender = given.get("from", [user])[0]
        try:
            Address(addr_spec=sender)
        except ValueError as error:
            raise ValueError(f"MATCHMAKER_MAIL_URL 缺少发件地址：{_WRITTEN}") from error
        secret = settings.mail_password.get_secret_value() if settings.mail_password else ""
        return cls(
            host=url.hostname,
            port=port or (465 if url.scheme == "smtps" else 25),
            sender=sender,
            title=settings.title,
            user=user,
            password=unquote(url.password or "") or secret,
            encrypted=url.scheme == "smtps",
            plain=given.get("tls") == ["off"],
        )

    def send(self, to: str, message: Message) -> None:
        """Hand one mail over. Raises Undelivered; UNKNOWN never, because a mail may be sent again."""
        mail = self.composed(to, message)
        smtp = self._connected()
        try:
            smtp.send_message(mail, self.sender, [to])
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0]
            raise Undelivered(f"邮件服务器不接收这个收件地址（{code}）", _of_recipient(code)) from None
        except smtplib.SMTPResponseException as error:
            raise Undelivered(f"邮件服务器退回了邮件（{error.smtp_code}）", Verdict.LATER) from None
        except (OSError, ValueError):
            raise Undelivered("发送邮件时连接中断", Verdict.LATER) from None
        finally:
            # Whatever the server says to our goodbye: it has taken the mail, or has not.
            with suppress(OSError):
                smtp.quit()
            smtp.close()

    def check(self) -> None:
        """Connect and log in, without sending anything. Raises Undelivered."""
        smtp = self._connected()
        with suppress(OSError):
            smtp.quit()
        smtp.close()

    def composed(self, to: str, message: Message) -> EmailMessage:
        """The mail as it travels: plain text, marked as written by a machine, so that no absence note answers it."""
        domain = Address(addr_spec=self.sender).domain
        mail = EmailMessage(policy=SMTP)
        mail["Message-ID"] = f"<{message.identity}@{domain}>"
        mail["Date"] = format_datetime(now())
        mail["From"] = Address(self.title, addr_spec=self.sender)
        mail["To"] = parseaddr(to)[1]
        mail["Subject"] = " ".join(f"[{self.title}] {message.subject}".split())
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content("\n".join([message.subject, "", *message.lines, "", message.link]).rstrip() + "\n")
        return mail

    def _connected(self) -> smtplib.SMTP:
        name = Address(addr_spec=self.sender).domain
        context = ssl.create_default_context()
        smtp: smtplib.SMTP | None = None
        try:
            # With a name of its own: looking up that of this machine may take seconds.
            if self.encrypted:
                smtp = smtplib.SMTP_SSL(self.host, self.port, name, timeout=_SECONDS, context=context)
            else:
                smtp = smtplib.SMTP(self.host, self.port, name, timeout=_SECONDS)
            smtp.ehlo_or_helo_if_needed()
            is_safe = self.encrypted
            if not is_safe and not self.plain and smtp.has_extn("starttls"):
                smtp.starttls(context=context)
                is_safe = True
            if self.user and self.password:
                if not is_safe and not self.plain:
                    raise Undelivered("邮件服务器不支持加密，平台未登录", Verdict.WAY_BLOCKED)
                smtp.login(self.user, self.password)
        except Undelivered:
            _hang_up(smtp)
            raise
        except smtplib.SMTPAuthenticationError:
            _hang_up(smtp)
            raise Undelivered("邮件服务器拒绝平台登录", Verdict.WAY_BLOCKED) from None
        except OSError:
            _hang_up(smtp)
            raise Undelivered("邮件服务器连接不上", Verdict.WAY_BLOCKED) from None
        return smtp


def _of_recipient(code: int) -> Verdict:
    """What the answer about one recipient means: 5xx is for good (RFC 5321 §4.2.1), 4xx is not."""
    return Verdict.NEVER if code >= 500 else Verdict.LATER


def _hang_up(smtp: smtplib.SMTP | None) -> None:
    if smtp is not None:
        smtp.close()
