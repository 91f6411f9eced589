"""Facts on their way: a row for each listener, told by a worker after the commit."""
