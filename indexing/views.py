"""Several questions to the same indexes, answered by the same generation of each."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# Index → the generation it is read from; None outside of every view.
_view: ContextVar[dict[object, str] | None] = ContextVar("view", default=None)


@contextmanager
def one_view() -> Iterator[None]:
    """Within the block which generation of an index is published is looked up once, at its first reading.

    A page asks several times: so all of it is of one state of the index, even if another is published meanwhile, and
    an engine far away is spared a round trip for every question. Writing always looks again. Views within a view are
    part of it; threads that are started within the block do not see it.
    """
    if _view.get() is not None:
        yield
        return
    token = _view.set({})
    try:
        yield
    finally:
        _view.reset(token)


def seen(index: object) -> str | None:
    """The generation this view has of an index; None where it has none yet, or there is no view."""
    view = _view.get()
    return None if view is None else view.get(index)


def look_at(index: object, generation: str) -> None:
    """From now on this view, if there is one, reads the index from that generation."""
    view = _view.get()
    if view is not None:
        view[index] = generation
