"""`python -m plunk` is the same as the `plunk` command."""

from plunk.cli.main import main

main()
