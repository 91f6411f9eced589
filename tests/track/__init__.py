"""The ingestion path, over HTTP."""
