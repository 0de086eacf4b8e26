"""The technology-transfer matchmaking application."""

__version__ = "0.1.0"
