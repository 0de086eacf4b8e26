"""Webhooks 事件推送: programs are told of what changes, instead of asking again and again.

Every flush that changes a status leaves a note of it (`happenings`), in the same transaction. The courier addresses it to
those webhooks whose account may know of it, signs it and sends it, again and again over two days. A message says what
happened to which numbers and no more: no text, no contact; the program reads the rest with its key.
"""

from matchmaker.webhooks.delivering import WebhookCourier
from matchmaker.webhooks.happenings import recommended
from matchmaker.webhooks.registering import (
    deliveries_of,
    own_webhooks,
    register,
    remove_webhook,
    resume,
    send_test,
    webhook_by_id,
)

__all__ = [
    "WebhookCourier",
    "deliveries_of",
    "own_webhooks",
    "recommended",
    "register",
    "remove_webhook",
    "resume",
    "send_test",
    "webhook_by_id",
]
