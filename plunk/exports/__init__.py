"""Contacts as files: streamed, in constant memory, and read back by an import as they were."""
