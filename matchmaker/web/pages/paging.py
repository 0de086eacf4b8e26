"""Pages of a list that the database turns: `?page=2`, and the links to the neighbours."""

from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request

# Nobody turns a thousand pages; a larger number only makes the database count.
LAST_PAGE = 1000
PAGE_SIZE = 20


@dataclass(frozen=True)
class Paging:
    """Which page is asked for, and once `total` is known, which others there are."""

    path: str
    parameters: tuple[tuple[str, str], ...]
    number: int
    total: int = 0
    size: int = PAGE_SIZE

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size

    def of(self, total: int) -> "Paging":
        """The same page of a list of so many rows."""
        return replace(self, total=total)

    @property
    def count(self) -> int:
        """How many pages there are, one at least."""
        return max(1, -(-self.total // self.size))

    @property
    def previous_link(self) -> str | None:
        return self._link(min(self.number - 1, self.count)) if self.number > 1 else None

    @property
    def next_link(self) -> str | None:
        return self._link(self.number + 1) if self.number < min(self.count, LAST_PAGE) else None

    def _link(self, number: int) -> str:
        return f"{self.path}?{urlencode([*self.parameters, ('page', str(number))])}"


def paging(request: Request, page: Annotated[int, Query(ge=1, le=LAST_PAGE)] = 1) -> Paging:
    """Dependency: the page of this request, with the other parameters of its address kept in the links."""
    kept = tuple((name, value) for name, value in request.query_params.multi_items() if name != "page" and value)
    return Paging(request.url.path, kept, page)
