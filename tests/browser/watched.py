"""What every browser test looks through."""

from dataclasses import dataclass, field

from playwright.sync_api import Page

WIDTHS = (1280, 375)


@dataclass
class Watched:
    """A page and what it must not do: talk to another host, complain in the console."""

    page: Page
    base: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        answer = self.page.goto(self.base + path)
        assert answer is not None

    @property
    def outside(self) -> list[str]:
        return [url for url in self.requests if not url.startswith((self.base, "data:"))]
