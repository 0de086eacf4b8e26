"""Figures: turnover, targets, the officials' dashboard, reports."""
