"""What can go wrong with people. Only pages and commands say these: keys of the API know no people."""

from __future__ import annotations

from plunk.errors import Conflict, NotFound
from plunk.refusals import Refused, TooMany


class UserNotFound(NotFound):
    code = "USER_NOT_FOUND"
    in_api = False


class MemberNotFound(NotFound):
    code = "MEMBER_NOT_FOUND"
    in_api = False

    def __init__(self) -> None:
        super().__init__("This person is not a member of the project")


class LinkNotFound(NotFound):
    code = "LINK_NOT_FOUND"
    in_api = False

    def __init__(self) -> None:
        super().__init__(
            "This link does not work any more: it was used, replaced, or too much time has passed",
            suggestion="Ask whoever gave it to you for a new one.",
        )


class UserExists(Conflict):
    code = "USER_EXISTS"
    in_api = False


class AlreadyMember(Conflict):
    code = "ALREADY_MEMBER"
    in_api = False


class LastOwner(Conflict):
    code = "LAST_OWNER"
    in_api = False


class WrongPassword(Refused):
    """The address and the password do not belong together; which of them is wrong is not said."""

    code = "WRONG_PASSWORD"
    in_api = False


class TooManyTries(TooMany):
    code = "TOO_MANY_TRIES"
    in_api = False

    def __init__(self, seconds: int) -> None:
        super().__init__("Too many tries to sign in", suggestion="Wait a while, then try again.")
        self.seconds = seconds


class NotArrivedYet(Conflict):
    code = "NOT_ARRIVED_YET"
    in_api = False

    def __init__(self) -> None:
        super().__init__(
            "This person has an invitation to another project that they have not taken up, or a password already",
            suggestion="Ask them to sign in first, or whoever runs this plunk to help.",
        )
