"""What every endpoint promises."""
