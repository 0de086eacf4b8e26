"""The yearly report: facts of a year against a frozen snapshot, as a Word document, an annex of tables and a PDF."""
