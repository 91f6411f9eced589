"""For tests of plugins: a real plunk, a client, and checks that an operator keeps its promises."""
