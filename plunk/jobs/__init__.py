"""Background work: the queue, the worker, and the rows a user may ask about."""
