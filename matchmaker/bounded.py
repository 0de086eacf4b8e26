"""Asking what may never answer: a database or an engine that is reached and says nothing."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class Bounded(Generic[T]):
    """A question that is waited for only so long. It is asked in a thread of its own.

    While one is under way whoever asks gets its answer, so that a silent server holds one thread and not one for
    every question. A thread that never returns does not keep the process from ending.
    """

    def __init__(self, question: Callable[[], T]) -> None:
        self._question = question
        self._lock = threading.Lock()
        self._asked: Future[T] | None = None

    def answer(self, *, seconds: float) -> T:
        """The answer. Raises what the question raises, and TimeoutError when it takes longer."""
        return self._ask().result(seconds)

    async def answer_soon(self, *, seconds: float) -> T:
        """The same without occupying a thread of the server: they may all be waiting for the same thing."""
        return await asyncio.wait_for(asyncio.wrap_future(self._ask()), seconds)

    def _ask(self) -> Future[T]:
        with self._lock:
            if self._asked is None or self._asked.done():
                self._asked = Future()
                # From now on it cannot be cancelled: who gives up does not take the answer away from the others.
                self._asked.set_running_or_notify_cancel()
                threading.Thread(target=self._run, args=(self._asked,), name="bounded-question", daemon=True).start()
            return self._asked

    def _run(self, asked: Future[T]) -> None:
        try:
            asked.set_result(self._question())
        except BaseException as error:
            asked.set_exception(error)
