"""A question that is waited for only so long."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from matchmaker.bounded import Bounded


def answered_soon(bounded: Bounded[int], seconds: float) -> int:
    """In a thread of its own: the browser tests of the same run leave an event loop in the main one."""
    with ThreadPoolExecutor() as elsewhere:
        return elsewhere.submit(lambda: asyncio.run(bounded.answer_soon(seconds=seconds))).result()


def test_the_answer_and_what_is_raised() -> None:
    assert Bounded(lambda: 7).answer(seconds=60) == 7
    assert answered_soon(Bounded(lambda: 7), 60) == 7
    with pytest.raises(ZeroDivisionError):
        Bounded(lambda: 1 / 0).answer(seconds=60)


def test_who_gives_up_leaves_the_question_to_the_others() -> None:
    go_on = threading.Event()
    asked: list[str] = []

    def question() -> int:
        asked.append(threading.current_thread().name)
        go_on.wait(60)
        return len(asked)

    bounded = Bounded(question)
    with pytest.raises(TimeoutError):
        bounded.answer(seconds=0.01)
    with pytest.raises(TimeoutError):
        answered_soon(bounded, 0.01)
    assert len(asked) == 1, "a silent server holds one thread"
    go_on.set()
    assert bounded.answer(seconds=60) == 1
    assert bounded.answer(seconds=60) == 2, "asked anew once it is answered"
