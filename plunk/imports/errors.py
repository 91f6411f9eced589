"""What can be wrong with an import as a whole."""

from __future__ import annotations

from plunk.errors import InvalidInput, NotFound, NotJson, PlunkError, Problem


class UnreadableFile(InvalidInput):
    """The file cannot be imported, whatever the options; the message says why and what to do."""

    code = "UNREADABLE_FILE"

    def __init__(self, message: str, code: str) -> None:
        super().__init__([Problem("file", message, code)], message=message)


class NotMultipart(NotJson):
    """Where a file is due the other way round: the same kind of mistake."""

    def __init__(self) -> None:
        PlunkError.__init__(
            self,
            "A file comes as multipart/form-data",
            suggestion="With curl: curl -F file=@contacts.csv …",
        )


class ImportNotFound(NotFound):
    code = "IMPORT_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("No such import in this project")
