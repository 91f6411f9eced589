"""What can happen, in the past tense: one frozen dataclass each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class ContactChange:
    """What one transaction did to one contact.

    `contact` is `{id, email, subscribed, data}` as it is now, or as it was if `is_deleted`.
    """

    project_id: UUID
    contact_id: UUID
    contact: dict[str, Any]
    is_deleted: bool = False
