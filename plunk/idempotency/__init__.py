"""Idempotency-Key: a request that must not happen twice."""
