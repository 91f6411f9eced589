"""People, their custom data, and the catalogue of its fields."""
