"""A question that is waited for only so long."""

import asyncio
import threading

import pytest

from matchmaker.bounded import Bounded


def test_the_answer_and_what_is_raised() -> None:
    assert Bounded(lambda: 7).answer(seconds=60) == 7
    assert asyncio.run(Bounded(lambda: 7).answer_soon(seconds=60)) == 7
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
        asyncio.run(bounded.answer_soon(seconds=0.01))
    assert len(asked) == 1, "a silent server holds one thread"
    go_on.set()
    assert bounded.answer(seconds=60) == 1
    assert bounded.answer(seconds=60) == 2, "asked anew once it is answered"
