"""The built-in operators, registered through the same hook as a plugin's."""
