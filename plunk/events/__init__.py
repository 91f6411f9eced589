"""Events and activity; contacts are known by id only."""
