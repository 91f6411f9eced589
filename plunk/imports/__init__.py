"""Lists of contacts from files: uploaded, looked at, imported in the background, accounted for row by row."""
