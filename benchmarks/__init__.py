"""Measures plunk against hand-written floors in the same run. By hand, never as a test: `python -m benchmarks`."""
