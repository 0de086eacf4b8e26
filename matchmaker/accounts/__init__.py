"""Accounts: making them, logging in, sessions of browsers, keys of programs, invitations, and looking after others'."""

from matchmaker.accounts.passwords import PASSWORDS
from matchmaker.accounts.people import (
    account_by_id,
    account_by_login_name,
    actor_of,
    create_account,
    create_first_administrator,
    organisations_of,
)
from matchmaker.accounts.sessions import (
    SESSION_IDLE,
    SESSION_LENGTH,
    actor_of_key,
    actor_of_session,
    create_key,
    start_session,
)
from matchmaker.accounts.tokens import digest, one_time_password

__all__ = [
    "PASSWORDS",
    "SESSION_IDLE",
    "SESSION_LENGTH",
    "account_by_id",
    "account_by_login_name",
    "actor_of",
    "actor_of_key",
    "actor_of_session",
    "create_account",
    "create_first_administrator",
    "create_key",
    "digest",
    "one_time_password",
    "organisations_of",
    "start_session",
]
