"""`/account/webhooks`: addresses of one's own programs that are told what changes."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from matchmaker.models.notice import DeliveryStatus
from matchmaker.models.webhook import Webhook, WebhookDelivery, WebhookEvent
from matchmaker.sending.webhooks import networks_of
from matchmaker.web.api.paging import NEXT_CURSOR_TEXT, Cursor, Limit, Whole, offset_of
from matchmaker.web.api.shapes import LARGEST_ID
from matchmaker.web.dependencies import KnownActor, SessionDep, SettingsDep
from matchmaker.webhooks import (
    deliveries_of,
    own_webhooks,
    register,
    remove_webhook,
    resume,
    send_test,
    webhook_by_id,
)

router = APIRouter(prefix="/account/webhooks", tags=["webhooks"])

WebhookId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="推送地址的编号")]


class WebhookShown(BaseModel):
    """One webhook, without its secret."""

    id: int
    url: str
    events: list[WebhookEvent]
    created_at: datetime
    paused_at: datetime | None = Field(description="何时起因多次未送达而停用；正常推送时为 null")


class WebhookList(Whole):
    items: list[WebhookShown]


class NewWebhook(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    url: str = Field(
        min_length=1,
        max_length=500,
        description="接收事件的地址，https:// 开头；不能是本机或内部网络的地址，系统管理员允许的网段除外",
        examples=["https://example.org/hooks/matchmaker"],
    )
    events: list[WebhookEvent] = Field(
        min_length=1, max_length=len(WebhookEvent), examples=[["match.recommended", "match.changed"]]
    )


class MadeWebhook(WebhookShown):
    secret: str = Field(description="签名密钥，只在这次答复中给出")


class WebhookDeliveryShown(BaseModel):
    """One message: what happened, in numbers and codes, and what became of it."""

    id: int
    event: WebhookEvent
    data: dict[str, int | str | None] = Field(description="推送内容中的 data")
    status: DeliveryStatus
    attempts: int
    problem: str
    created_at: datetime
    retry_at: datetime | None
    sent_at: datetime | None


class WebhookDeliveryList(BaseModel):
    items: list[WebhookDeliveryShown]
    next_cursor: str | None = Field(description=NEXT_CURSOR_TEXT)


@router.get("", summary="我的推送地址")
def list_webhooks(session: SessionDep, actor: KnownActor) -> WebhookList:
    """新的在前；不含签名密钥。"""
    return WebhookList(items=[WebhookShown(**_webhook(one)) for one in own_webhooks(session, actor)])


@router.post("", status_code=201, summary="登记推送地址")
def add_webhook(session: SessionDep, settings: SettingsDep, actor: KnownActor, new: NewWebhook) -> MadeWebhook:
    """此后发生、且您可以知道的事件以 POST 推送到这个地址，内容只有编号和状态，详情请用接口读取。

    签名按 Standard Webhooks 规范：`webhook-signature` 为 `v1,` 加上以密钥（`whsec_` 之后的 Base64）对
    `webhook-id.webhook-timestamp.内容` 所作 HMAC-SHA256 的 Base64；同一 `webhook-id` 可能收到多次。答复 2xx 即为收到，
    否则两天内重试八次。程序须有 manage 使用范围。
    """
    webhook, secret = register(session, new.url, new.events, by=actor, networks=networks_of(settings.webhook_networks))
    return MadeWebhook(**_webhook(webhook), secret=secret)


@router.delete("/{webhook_id}", status_code=204, summary="删除推送地址")
def delete_webhook(session: SessionDep, actor: KnownActor, webhook_id: WebhookId) -> None:
    """立即生效，等待中的事件不再推送。只能删除自己的，他人的为 404。"""
    remove_webhook(session, webhook_id, by=actor)


@router.post("/{webhook_id}/test", status_code=201, summary="推送一个测试事件")
def send_test_event(session: SessionDep, actor: KnownActor, webhook_id: WebhookId) -> WebhookDeliveryShown:
    """约十秒内推送，`type` 为 test；结果见推送记录。"""
    return _delivery(send_test(session, webhook_id, by=actor))


@router.post("/{webhook_id}/resume", summary="恢复推送")
def resume_webhook(session: SessionDep, actor: KnownActor, webhook_id: WebhookId) -> WebhookShown:
    """停用期间的事件不补发，请用 `updated_since` 收集。"""
    return WebhookShown(**_webhook(resume(session, webhook_id, by=actor)))


@router.get("/{webhook_id}/deliveries", summary="推送记录")
def list_webhook_deliveries(
    session: SessionDep, actor: KnownActor, webhook_id: WebhookId, limit: Limit = 20, cursor: Cursor = None
) -> WebhookDeliveryList:
    """新的在前，保留约三个月。"""
    begin = offset_of(cursor)
    webhook = webhook_by_id(session, webhook_id, by=actor)
    found = deliveries_of(session, webhook, offset=begin, limit=limit + 1)
    return WebhookDeliveryList(
        items=[_delivery(one) for one in found[:limit]],
        next_cursor=str(begin + limit) if len(found) > limit else None,
    )


def _webhook(webhook: Webhook) -> dict[str, Any]:
    return {name: getattr(webhook, name) for name in WebhookShown.model_fields}


def _delivery(delivery: WebhookDelivery) -> WebhookDeliveryShown:
    return WebhookDeliveryShown.model_validate(delivery, from_attributes=True)
