"""Characters that nobody sees in a name or number: refused where people's words come in."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _

from merchant.core.errors import Invalid

# What no label, receipt or scanner can show: control characters, line separators, and marks that turn the direction of what follows. Python and PostgreSQL read it alike.
CONTROLS = r"\u0001-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069"
_CONTROL = re.compile(rf"[\u0000{CONTROLS}]")


def check_words(words: Mapping[str, str]) -> None:
    """:raises Invalid: if one of `words`, by field, has a character that cannot be seen."""
    for field, text in words.items():
        if _CONTROL.search(text):
            raise Invalid(reason=_("it has a control character, which nobody can see; write it anew"), field=field)
