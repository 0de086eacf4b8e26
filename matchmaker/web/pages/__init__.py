"""The server-rendered pages. Every link and form works without JavaScript; htmx only saves a page load."""

from matchmaker.web.pages.public import router

__all__ = ["router"]
