"""Keys, projects and the walls between them."""
