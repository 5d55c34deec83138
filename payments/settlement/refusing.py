"""What is said of a file that is not taken in: why, where in it if that helps, and what to do next."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext, gettext_noop

from merchant.core.errors import AppError
from merchant.core.telling import tell

_AGAIN = gettext_noop("Download it again: a download that broke off leaves such a file.")
_INSTEAD = gettext_noop("Send that file instead.")
_OTHER_ACCOUNT = gettext_noop("Choose the account it is of, and send it again.")
_UNPACK = gettext_noop("Unpack it and send its files.")
# By the reader's code; what is not here is downloaded again and sent unchanged.
NEXT_STEPS = {
    "file_empty": _AGAIN,
    "file_broken_off": _AGAIN,
    "xml_malformed": _AGAIN,
    "zip_empty": _AGAIN,
    "zip_broken": gettext_noop("Download the zip again, or send its files one by one."),
    "zip_locked": _UNPACK,
    "zip_nested": _UNPACK,
    "zip_too_large": gettext_noop("Unpack it and send its files a few at a time."),
    "pdf": _INSTEAD,
    "spreadsheet": _INSTEAD,
    "other_report": _INSTEAD,
    "other_statement": _INSTEAD,
    "test_file": gettext_noop("Send the file of the real payments."),
    "other_gateway": _OTHER_ACCOUNT,
    "foreign_account": _OTHER_ACCOUNT,
    "foreign_currency": _OTHER_ACCOUNT,
    "no_account": gettext_noop("Add the account, then send the file again."),
    "page_contradicts": gettext_noop("Ask the bank which page is right."),
    "column_missing": gettext_noop("Download it with all its columns and send it unchanged."),
    "not_a_report": gettext_noop(
        "Send the processor's settlement report as it was downloaded. Columns of another CSV are assigned once its account is chosen."
    ),
    "not_a_statement": gettext_noop("Send the statement as camt, MT940, OFX, BgMax or CSV, as the bank writes it."),
    "not_recognised": gettext_noop(
        "Send a processor's settlement report, or a bank statement as camt, MT940, OFX, BgMax or CSV."
    ),
}
_WITH_PLACE = gettext_noop("This file was not taken: {reason} ({place}).")


class FileRefused(AppError):
    """A file is not taken in. `line` and `column` say where it stops being one, None where it is no matter of a line; `problem` is the reader's code."""

    code = "file_not_taken"
    status = 422
    detail: ClassVar[str] = "This file was not taken: {reason}."
    money = "Nothing was stored and nothing was booked."
    next_step = "Download the file again and send it unchanged."

    def __init__(self, *, reason: str, line: int | None, column: str | None, problem: str) -> None:
        self.next_step = NEXT_STEPS.get(problem, self.next_step)
        place = place_words(line, column)
        # The sentence has its own full stop, and so have some of a bank's words.
        told = reason.removesuffix(".")
        super().__init__(reason=told, place=place, line=line, column=column, problem=problem)

    @property
    def message(self) -> str:
        """The sentence for a person; where in the file it is, unless the reason says so itself."""
        place = self.data["place"]
        is_said = not place or place_words(self.data["line"], None) in self.data["reason"]
        return tell(self.detail if is_said and not self.data["column"] else _WITH_PLACE, self.data)


def place_words(line: int | None, column: str | None) -> str:
    """Return where in a file something stands, "" where it is no matter of a line."""
    if not line:
        return ""
    if column:
        return gettext("line {line}, column {column}").format(line=line, column=column)
    return gettext("line {line}").format(line=line)


def next_step_words(problem: str) -> str:
    """Return what to do about a file that was stored and then refused."""
    return gettext(NEXT_STEPS.get(problem, FileRefused.next_step))
