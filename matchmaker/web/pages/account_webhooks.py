"""One's own webhooks: registered, tried, resumed, removed."""

from typing import Any

from fastapi import APIRouter, Request, Response

from matchmaker.errors import MalformedRequest
from matchmaker.models.notice import DeliveryStatus
from matchmaker.models.webhook import WebhookEvent
from matchmaker.sending.webhooks import networks_of
from matchmaker.web.dependencies import KnownActor, SessionDep, SettingsDep
from matchmaker.web.forms import FormErrors, SubmittedForm, answer_redirect, text_of, texts_of
from matchmaker.web.pages.account_own import NO_ERRORS, RowId, own_page
from matchmaker.web.pages.view import moment
from matchmaker.webhooks import deliveries_of, own_webhooks, register, remove_webhook, resume, send_test

router = APIRouter(prefix="/account/webhooks", include_in_schema=False, default_response_class=Response)

# What is offered: a test is sent by its button.
_EVENTS = tuple(one for one in WebhookEvent if one is not WebhookEvent.TEST)
_SHOWN = 5


@router.get("")
def webhooks_page(request: Request, session: SessionDep, actor: KnownActor) -> Response:
    return _page(request, session, actor)


@router.post("")
def new_webhook(
    request: Request, session: SessionDep, settings: SettingsDep, actor: KnownActor, form: SubmittedForm
) -> Response:
    """Register one. Its secret is on the answer, and nowhere else."""
    errors, chosen = FormErrors(), texts_of(form, "events")
    values = {"url": text_of(form, "url")}
    events = [one for one in _EVENTS if one.value in chosen]
    if not events:
        errors.add("events", "请至少选择一种事件")
    secret = ""
    if not errors:
        try:
            networks = networks_of(settings.webhook_networks)
            _, secret = register(session, values["url"], events, by=actor, networks=networks)
        except MalformedRequest as error:
            errors.add("url", str(error))
    if errors:
        return _page(request, session, actor, errors=errors, values=values, chosen=chosen)
    return _page(request, session, actor, made={"url": values["url"], "secret": secret})


@router.post("/{webhook_id}/test")
def try_webhook(request: Request, session: SessionDep, actor: KnownActor, webhook_id: RowId) -> Response:
    send_test(session, webhook_id, by=actor)
    return answer_redirect(request, "/account/webhooks", flash="webhook_tried")


@router.post("/{webhook_id}/resume")
def resume_sending(request: Request, session: SessionDep, actor: KnownActor, webhook_id: RowId) -> Response:
    resume(session, webhook_id, by=actor)
    return answer_redirect(request, "/account/webhooks", flash="webhook_resumed")


@router.post("/{webhook_id}/remove")
def remove(request: Request, session: SessionDep, actor: KnownActor, webhook_id: RowId) -> Response:
    remove_webhook(session, webhook_id, by=actor)
    return answer_redirect(request, "/account/webhooks", flash="webhook_removed")


def _page(request: Request, session: SessionDep, actor: KnownActor, **given: Any) -> Response:
    webhooks = [
        {
            "id": webhook.id,
            "url": webhook.url,
            "events": "、".join(event.label for event in webhook.events),
            "paused": moment(webhook.paused_at),
            "deliveries": [
                {
                    "event": delivery.event.label,
                    "status": delivery.status.label,
                    "failed": delivery.status is DeliveryStatus.FAILED,
                    "at": moment(delivery.sent_at or delivery.created_at),
                    "problem": delivery.problem,
                }
                for delivery in deliveries_of(session, webhook, offset=0, limit=_SHOWN)
            ],
        }
        for webhook in own_webhooks(session, actor)
    ]
    context: dict[str, Any] = {
        "webhooks": webhooks,
        "values": {},
        "chosen": [one.value for one in _EVENTS[:2]],
        "made": None,
        "options": [(one.value, one.label) for one in _EVENTS],
    }
    return own_page(request, "webhooks", {**context, **given}, given.get("errors", NO_ERRORS))
