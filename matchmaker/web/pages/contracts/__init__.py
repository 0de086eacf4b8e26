"""Pages of technology contracts: the ledger, the pre-check, the reconciliation."""
