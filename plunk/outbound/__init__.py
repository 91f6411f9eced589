"""The only outgoing HTTP client of the house. It reaches public addresses, and those an operator allows."""
