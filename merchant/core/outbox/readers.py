"""For whose eyes a fragment is drawn: once for each kind of reader, however many they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation


@dataclass(frozen=True, slots=True)
class Reader:
    """For whose eyes something is drawn: the language of their page, and whether names are hidden from them; None where no name is shown."""

    language: str
    is_masked: bool | None = None

    @classmethod
    def of(cls, language: str, *, is_masked: bool) -> Reader:
        """Return the reader of a page in `language`, a code with or without a country; of the first language where we do not speak it."""
        code = language.replace("_", "-").split("-")[0].lower()
        return cls(code if code in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE, is_masked)

    @property
    def key(self) -> str:
        """The reader in one word."""
        eyes = {None: "", True: ":masked", False: ":open"}
        return f"{self.language}{eyes[self.is_masked]}"


# What is drawn for each kind of reader; made once, however many read it.
Drawings = Mapping[Reader, str]


def draw_for(readers: Iterable[Reader], draw: Callable[[Reader], str]) -> Drawings:
    """Return what `draw` makes for each of `readers`, in their languages."""
    drawings = {}
    for reader in readers:
        with translation.override(reader.language):
            drawings[reader] = draw(reader).strip()
    return drawings


def every_language() -> tuple[Reader, ...]:
    """Return a reader for each language we speak, for what shows no names and is drawn where nobody may ask who watches."""
    return tuple(Reader(code) for code, _name in settings.LANGUAGES)
