"""What can be wrong with a call about webhooks."""

from __future__ import annotations

from plunk.errors import Conflict, NotFound


class WebhookNotFound(NotFound):
    code = "WEBHOOK_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("No such webhook in this project")


class DeliveryNotFound(NotFound):
    code = "DELIVERY_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("No such delivery of this webhook")


class WebhookDisabled(Conflict):
    """It is sent nothing now."""

    code = "WEBHOOK_DISABLED"

    def __init__(self) -> None:
        super().__init__("This webhook is disabled", suggestion="Enable it first.")
