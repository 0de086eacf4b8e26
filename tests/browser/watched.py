"""What every browser test looks through."""

from dataclasses import dataclass, field

from playwright.sync_api import Page

WIDTHS = (1280, 375)

# Links inside a sentence may be as high as the sentence; everything else is a target for a thumb.
SMALL_TARGETS = """() => [...document.querySelectorAll('a, button, summary, label:not([for]), input:not([type=hidden])')]
  .filter(one => { const box = one.getBoundingClientRect();
    return box.width && box.height && box.height < 43.5 && !one.closest('p, label *, .visually-hidden, .skip')
      && !(one.closest('label') && one.tagName === 'INPUT') && !one.matches('.visually-hidden, .skip'); })
  .map(one => one.outerHTML.slice(0, 120))"""


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

    def status(self, path: str) -> int:
        """What a request of this browser gets, redirects followed."""
        return self.page.request.get(self.base + path).status

    @property
    def outside(self) -> list[str]:
        return [url for url in self.requests if not url.startswith((self.base, "data:"))]
