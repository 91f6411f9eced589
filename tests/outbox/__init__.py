"""Facts on their way to listeners, with real relays where it matters."""
