"""What needs a secret: signatures of webhooks, and secrets that are kept sealed."""
