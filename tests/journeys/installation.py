"""Real processes for the journeys, the ones `scripts/stack` uses too."""

from scripts.installation import Installation, Program, Service

__all__ = ["Installation", "Program", "Service"]
