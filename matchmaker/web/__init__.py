"""The HTTP side: API under `/api/v1`, pages everywhere else. Only this package and `matchmaker.app` know HTTP."""
