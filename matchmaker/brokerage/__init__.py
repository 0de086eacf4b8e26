"""Carrying matches 对接: from a recommendation to a signed contract, step by step, with who, when and why.

    match = take_up(session, need, achievement, by=broker)
    introduce(session, match, by=broker, note="双方指标吻合")
    accept(session, match, Side.NEED, by=engineer)

`life.py` is the table of steps; `people.py` says who is who in a match; every verb checks both.
"""

from matchmaker.brokerage.contacts import Contact, contact_of, may_read_contacts, what_is_missing
from matchmaker.brokerage.doing import SentStep, StepRequest, do, open_steps
from matchmaker.brokerage.follow_ups import due_follow_ups, follow_ups_of, record_follow_up, remind
from matchmaker.brokerage.life import ENDED, OPEN, Part, Step
from matchmaker.brokerage.lists import (
    PAGE_SIZE,
    Due,
    Waiting,
    Wanted,
    address,
    awaiting_answer,
    carried_matches,
    exported_matches,
    of_interest,
    readable_match,
    with_records,
)
from matchmaker.brokerage.messages import may_write, messages_of, write_message
from matchmaker.brokerage.pairing import assign, assignable, offered, take_up, wish
from matchmaker.brokerage.people import Pair, acting_parts, pair_of, parts_of
from matchmaker.brokerage.reading import confidential_read, is_overdue, shown_explanation, waits_for
from matchmaker.brokerage.reasons import REASONS, SOFTENED
from matchmaker.brokerage.steps import (
    accept,
    close,
    decline,
    introduce,
    mark_registered,
    mark_signed,
    negotiate,
    record_intent,
    record_registration,
    record_signing,
    reopen,
    request_nda,
    set_next_step,
    sign_nda,
    signed_sides,
)
from matchmaker.brokerage.telling import without_contacts
from matchmaker.brokerage.timeline import Moment, declined_because, timeline

__all__ = [
    "ENDED",
    "OPEN",
    "PAGE_SIZE",
    "REASONS",
    "SOFTENED",
    "Contact",
    "Due",
    "Moment",
    "Pair",
    "Part",
    "SentStep",
    "Step",
    "StepRequest",
    "Waiting",
    "Wanted",
    "accept",
    "acting_parts",
    "address",
    "assign",
    "assignable",
    "awaiting_answer",
    "carried_matches",
    "close",
    "confidential_read",
    "contact_of",
    "decline",
    "declined_because",
    "do",
    "due_follow_ups",
    "exported_matches",
    "follow_ups_of",
    "introduce",
    "is_overdue",
    "mark_registered",
    "mark_signed",
    "may_read_contacts",
    "may_write",
    "messages_of",
    "negotiate",
    "of_interest",
    "offered",
    "open_steps",
    "pair_of",
    "parts_of",
    "readable_match",
    "record_follow_up",
    "record_intent",
    "record_registration",
    "record_signing",
    "remind",
    "reopen",
    "request_nda",
    "set_next_step",
    "shown_explanation",
    "sign_nda",
    "signed_sides",
    "take_up",
    "timeline",
    "waits_for",
    "what_is_missing",
    "wish",
    "with_records",
    "without_contacts",
    "write_message",
]
