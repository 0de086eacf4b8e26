"""Posting: from a form that is being filled in to a record that waits for its review."""
