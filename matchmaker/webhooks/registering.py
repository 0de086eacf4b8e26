"""One's own webhooks: registered, tried, resumed, removed. The secret is shown once."""

import base64
import ipaddress
import secrets
from collections.abc import Collection
from urllib.parse import urlsplit

from sqlmodel import Session, col, select

from matchmaker.errors import MalformedRequest, NotAllowed, NotFound
from matchmaker.models.account import Scope
from matchmaker.models.base import now
from matchmaker.models.notice import NoticeKind
from matchmaker.models.webhook import Webhook, WebhookDelivery, WebhookEvent
from matchmaker.notices import NoticeText, notify
from matchmaker.rights import Actor
from matchmaker.sending.webhooks import Networks, is_allowed

# More than anybody keeps apart; keeps a program gone wild from filling the table.
MOST_WEBHOOKS = 20
# How the secret begins, after the Standard Webhooks specification; what follows is base64.
SECRET_PREFIX = "whsec_"  # noqa: S105 — a prefix, not a secret


def register(
    session: Session, url: str, events: Collection[WebhookEvent], *, by: Actor, networks: Networks
) -> tuple[Webhook, str]:
    """A new webhook of this account, and its secret, which nobody is shown again.

    Raises NotAllowed (a program without the scope `manage`, too many), MalformedRequest (an address that is none, or
    that may not be told anything).
    """
    _check_program(by)
    address = checked_url(url, networks)
    wanted: list[WebhookEvent] = [one for one in WebhookEvent if one in events and one is not WebhookEvent.TEST]
    if not wanted:
        raise MalformedRequest("没有选择任何事件", "请至少选择一种事件")
    if len(own_webhooks(session, by)) >= MOST_WEBHOOKS:
        raise NotAllowed(f"每个账号最多 {MOST_WEBHOOKS} 个推送地址", "请先删除不再使用的地址")
    secret = SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
    webhook = Webhook(account_id=by.account_id or 0, url=address, events=wanted, secret_key=secret)
    session.add(webhook)
    session.flush()
    # Like a key it outlives the session it was made in.
    text = NoticeText(
        NoticeKind.ACCOUNT,
        f"webhook-{webhook.id}",
        "已登记一个事件推送地址",
        "如非本人操作，请立即删除并修改密码",
        "/account/webhooks",
    )
    notify(session, [webhook.account_id], text)
    return webhook, secret


def checked_url(url: str, networks: Networks) -> str:
    """The address, if it can be one. Where its name leads is looked up each time something is sent.

    Raises MalformedRequest.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise MalformedRequest("推送地址无法识别", "请填写 https:// 开头的完整地址") from error
    plain = url.strip()
    if parts.scheme not in ("https", "http") or not host or port == 0 or not plain.isascii() or len(plain) > 500:
        raise MalformedRequest("推送地址无法识别", "请填写 https:// 开头的完整地址，不超过 500 个字符")
    if parts.username is not None or parts.fragment or any(one.isspace() or ord(one) < 33 for one in plain):
        raise MalformedRequest("推送地址不能含用户名、密码、空格和 #", "请去掉这些部分；推送以签名证明来源")
    literal = _literal(host)
    if host == "localhost" or host.endswith(".localhost") or (literal and not is_allowed(literal, networks)):
        raise MalformedRequest(
            "不能推送到本机或内部网络的地址",
            "请填写公网地址；内网地址须由系统管理员在 MATCHMAKER_WEBHOOK_NETWORKS 中允许",
        )
    if parts.scheme == "http" and not networks:
        raise MalformedRequest("推送地址应以 https:// 开头", "请改用 https；仅允许的内网地址可用 http")
    return plain


def own_webhooks(session: Session, by: Actor) -> list[Webhook]:
    """One's own, the newest first."""
    return list(
        session.exec(select(Webhook).where(col(Webhook.account_id) == by.account_id).order_by(col(Webhook.id).desc()))
    )


def webhook_by_id(session: Session, webhook_id: int, *, by: Actor) -> Webhook:
    """One of one's own. Raises NotFound."""
    webhook = session.get(Webhook, webhook_id)
    if webhook is None or webhook.account_id != by.account_id:
        raise NotFound("没有这个推送地址", "请刷新列表")
    return webhook


def remove_webhook(session: Session, webhook_id: int, *, by: Actor) -> None:
    """Nothing is sent there any more, what waits included. Raises NotFound, NotAllowed."""
    _check_program(by)
    session.delete(webhook_by_id(session, webhook_id, by=by))


def send_test(session: Session, webhook_id: int, *, by: Actor) -> WebhookDelivery:
    """Queue a message that says nothing. Raises NotFound, NotAllowed."""
    _check_program(by)
    webhook = webhook_by_id(session, webhook_id, by=by)
    delivery = WebhookDelivery(webhook_id=webhook.id, event=WebhookEvent.TEST)
    session.add(delivery)
    session.flush()
    return delivery


def resume(session: Session, webhook_id: int, *, by: Actor) -> Webhook:
    """Send there again after it had been given up; what happened meanwhile is not made up for. Raises NotFound, NotAllowed."""
    _check_program(by)
    webhook = webhook_by_id(session, webhook_id, by=by)
    webhook.paused_at, webhook.failures = None, 0
    session.add(webhook)
    return webhook


def deliveries_of(session: Session, webhook: Webhook, *, offset: int, limit: int) -> list[WebhookDelivery]:
    """What was sent there or waits, the newest first."""
    found = select(WebhookDelivery).where(col(WebhookDelivery.webhook_id) == webhook.id)
    return list(session.exec(found.order_by(col(WebhookDelivery.id).desc()).offset(offset).limit(limit)))


def pause(session: Session, webhook: Webhook) -> None:
    """Send nothing there any more, and tell its owner."""
    webhook.paused_at = now()
    session.add(webhook)
    text = NoticeText(
        NoticeKind.ACCOUNT,
        f"webhook-paused-{webhook.id}-{webhook.paused_at.isoformat()}",
        "一个事件推送地址已停用",
        "它多次没有接收。请修复接收程序，再恢复推送；其间的变化请用 updated_since 收集",
        "/account/webhooks",
    )
    notify(session, [webhook.account_id], text)


def _check_program(by: Actor) -> None:
    if by.scopes is not None and Scope.MANAGE not in by.scopes:
        raise NotAllowed("当前密钥不能管理推送地址", f"需要使用范围“{Scope.MANAGE.label}”，或登录后在网页上办理")


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
