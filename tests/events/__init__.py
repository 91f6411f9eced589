"""Events, over HTTP."""
