"""What plugin authors are given."""
