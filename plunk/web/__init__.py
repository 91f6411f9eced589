"""HTTP manners shared by every route: bodies, errors, access, pages, OpenAPI."""
