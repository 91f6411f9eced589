"""Choosing and making projects."""
