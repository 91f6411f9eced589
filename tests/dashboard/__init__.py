"""The dashboard: pages through the test client, and in a browser."""
