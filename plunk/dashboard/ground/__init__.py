"""What all pages stand on: sessions, forms, headers, words."""
