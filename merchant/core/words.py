"""
The catalogues of the product's languages: what is to be translated, and what it is translated to.

`locale/<language>/LC_MESSAGES/django.po` holds every sentence of every app. `manage.py words` brings it up to date from
templates and Python; what gettext reads (`.mo`) is compiled from it when the product starts. Babel does both, so neither
needs GNU gettext.
"""

from __future__ import annotations

import ast
import io
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

APPS = ("merchant", "inventory", "orders", "payments", "terminals", "reports")
HEADER = "# Every sentence of the product: `manage.py words` adds what is new and drops what is gone."
_ENDED = [
    f"{name}{ending}" for name in ("gettext", "ngettext", "pgettext", "npgettext") for ending in ("", "_lazy", "_noop")
]
# As Babel wants it: which arguments of a call are sentences. None is: we look ourselves.
CALLS: dict[str, None] = dict.fromkeys(["_", *_ENDED])

Id = str | tuple[str, ...] | list[str]


@dataclass(frozen=True)
class Sentence:
    """What is to be translated: one text, or singular and plural. `context` tells two uses of one word apart."""

    id: Id
    context: str | None
    file: str


def list_sentences(root: Path) -> list[Sentence]:
    """Return every sentence below `root`, in the order of files; one that stands in two places is there twice."""
    found: list[Sentence] = []
    for file in _python_files(root):
        found += _sentences_of(file.read_bytes(), file.relative_to(root))
        found += _refusals_of(file.read_bytes(), file.relative_to(root))
    for file in sorted((root / "templates").rglob("*.html")) + sorted((root / "templates").rglob("*.txt")):
        # Python's tokenizer takes what stands between the calls for names, as long as nothing is indented.
        lines = templatize(file.read_text()).splitlines()
        found += _sentences_of("\n".join(line.strip() for line in lines).encode(), file.relative_to(root))
    return found


def update(file: Path, sentences: list[Sentence], *, language: str) -> int:
    """Write the catalogue `file` anew: translations of `sentences` stay, others go. Returns how many have no translation."""
    old = read(file, language=language)
    new = Catalog(locale=language, project="Tillsyn", version="1", header_comment=HEADER, fuzzy=False)
    new.mime_headers = [(name, value) for name, value in old.mime_headers if name != "PO-Revision-Date"]
    new.creation_date, new.revision_date = old.creation_date, old.creation_date
    new.language_team, new.last_translator = "Tillsyn", "Tillsyn"
    for sentence in sentences:
        known = old.get(sentence.id if isinstance(sentence.id, str) else sentence.id[0], sentence.context)
        new.add(
            sentence.id, known.string if known and _fits(sentence.id, known.string) else "", context=sentence.context
        )
    written = io.BytesIO()
    write_po(written, new, width=0, no_location=True, sort_output=True)
    _replace(file, written.getvalue())
    return len(list_untranslated(new))


def list_untranslated(catalog: Catalog) -> list[Id]:
    """Return the sentences of a catalogue that have no translation, or not every plural."""
    return [message.id for message in catalog if message.id and not _is_whole(message.string)]


def read(file: Path, *, language: str) -> Catalog:
    """Return a catalogue; an empty one if there is no such file yet."""
    if not file.exists():
        return Catalog(locale=language)
    with file.open("rb") as written:
        return read_po(written, locale=language)


def compile_stale(folders: list[Path]) -> list[Path]:
    """
    Compile every catalogue below `folders` that is newer than what was compiled of it. Returns what was written.

    Any number of processes may do it at once: each puts a whole file in place. Where the folder may not be written
    (an image made read-only), the files have to be made with `manage.py words --compile` beforehand.
    """
    made: list[Path] = []
    for source in [file for folder in folders for file in sorted(folder.glob("*/LC_MESSAGES/*.po"))]:
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        if not os.access(source.parent, os.W_OK):
            continue
        compiled = io.BytesIO()
        write_mo(compiled, read(source, language=source.parts[-3]))
        _replace(target, compiled.getvalue())
        made.append(target)
    return made


def _python_files(root: Path) -> Iterator[Path]:
    for app in APPS:
        yield from (file for file in sorted((root / app).rglob("*.py")) if "migrations" not in file.parts)


def _sentences_of(source: bytes, file: Path) -> list[Sentence]:
    found = []
    for _line, function, arguments, _comments in extract_python(io.BytesIO(source), CALLS, [], {}):
        texts: list[str | None] = list(arguments) if isinstance(arguments, (list, tuple)) else [arguments]
        sentence = _sentence(str(function), texts, str(file))
        if sentence:
            found.append(sentence)
    return found


def _refusals_of(source: bytes, file: Path) -> list[Sentence]:
    """What the refusals of a module say: class attributes, which `AppError` translates when one is raised."""
    if not any(name in source for name in (b"    detail = ", b"    money = ", b"    next_step = ")):
        return []
    return [
        Sentence(id=line.value.value, context=None, file=str(file))
        for refusal in ast.walk(ast.parse(source))
        if isinstance(refusal, ast.ClassDef)
        for line in refusal.body
        if isinstance(line, ast.Assign)
        and isinstance(line.targets[0], ast.Name)
        and line.targets[0].id in ("detail", "money", "next_step")
        and isinstance(line.value, ast.Constant)
        and isinstance(line.value.value, str)
        and line.value.value.strip("{}").count(" ")
    ]


def _sentence(name: str, texts: list[str | None], file: str) -> Sentence | None:
    """Sort the texts of a call into context, singular and plural; None if the call holds no literal text."""
    context = texts.pop(0) if "pgettext" in name and texts else None
    wanted = texts[:2] if name.removesuffix("_lazy") in ("ngettext", "npgettext") else texts[:1]
    literal = tuple(text for text in wanted if text)
    if not literal or len(literal) != len(wanted):
        return None
    return Sentence(id=literal if len(literal) > 1 else literal[0], context=context, file=file)


def _fits(asked: Id, translation: Id | None) -> bool:
    """Tell whether a translation still has as many forms as its sentence: a sentence may have got a plural."""
    return isinstance(asked, str) == isinstance(translation, str)


def _is_whole(translation: Id | None) -> bool:
    return bool(translation) if isinstance(translation, str) or translation is None else all(translation)


def _replace(file: Path, content: bytes) -> None:
    """Put a whole file in place, so that no reader ever sees half of one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as written:
        written.write(content)
    Path(written.name).chmod(0o644)
    Path(written.name).replace(file)
