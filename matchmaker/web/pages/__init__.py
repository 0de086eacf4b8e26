"""The server-rendered pages. Every link and form works without JavaScript; htmx only saves a page load."""

from fastapi import FastAPI

from matchmaker.web.pages import (
    account,
    account_invitation,
    account_keys,
    account_managed,
    account_members,
    account_oidc,
    account_own,
    account_webhooks,
    audit,
    brokerages,
    brokers,
    campaigns,
    carried,
    confirm,
    dictionary,
    display,
    feedback,
    go,
    help,
    imports,
    notices,
    oversight,
    posting,
    posting_own,
    public,
    quality,
    review,
    scorecards,
    workbench,
    workplace,
)
from matchmaker.web.pages.contracts import ledger, ledger_edit, ledger_steps, precheck, reconciliation, rules_page
from matchmaker.web.pages.figures import dashboard, report_templates, reports, snapshots, targets, turnover

_PARTS = (
    account,
    account_invitation,
    account_keys,
    account_webhooks,
    account_managed,
    account_members,
    account_oidc,
    account_own,
    audit,
    brokerages,
    brokers,
    campaigns,
    carried,
    confirm,
    dashboard,
    dictionary,
    display,
    feedback,
    go,
    help,
    imports,
    ledger,
    ledger_edit,
    ledger_steps,
    notices,
    oversight,
    posting,
    posting_own,
    precheck,
    public,
    quality,
    reconciliation,
    report_templates,
    reports,
    review,
    rules_page,
    scorecards,
    snapshots,
    targets,
    turnover,
    workbench,
    workplace,
)


def include_pages(app: FastAPI) -> None:
    """Add the pages' routes to the app, each part by itself as the API does it (`matchmaker.web.api.include_api`)."""
    for part in _PARTS:
        app.include_router(part.router, include_in_schema=False)
