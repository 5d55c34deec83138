"""The guides: one file each, in the reader's language where it exists, else in English. A guide is plain Markdown; what this page does not know stays text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from merchant.core.errors import NotFound

FOLDER = Path(settings.BASE_DIR) / "docs" / "guides"
# In the order somebody needs them.
SLUGS = (
    "first-day",
    "opening-the-till",
    "returns",
    "unknown-outcome",
    "terminal-trouble",
    "day-close",
    "importing-reports",
    "resolving-exceptions",
)


@dataclass(frozen=True, slots=True)
class Guide:
    """One guide: its title, its first sentence, its text as HTML, and its plain words for searching."""

    slug: str
    title: str
    summary: str
    body: SafeString
    words: str


def list_guides(*, language: str, text: str = "") -> list[Guide]:
    """Return the guides that hold every word of `text`, those with it in the title first."""
    wanted = text.lower().split()
    guides = [get_guide(slug, language=language) for slug in SLUGS]
    found = [guide for guide in guides if all(word in guide.words for word in wanted)]
    return sorted(found, key=lambda guide: not all(word in guide.title.lower() for word in wanted))


def get_guide(slug: str, *, language: str) -> Guide:
    """
    Return one guide.

    :raises NotFound: if there is none of that name.
    """
    if slug not in SLUGS:
        raise NotFound()
    translated = FOLDER / language / f"{slug}.md"
    path = translated if translated.exists() else FOLDER / f"{slug}.md"
    return _read(slug, path, path.stat().st_mtime)


@lru_cache(maxsize=64)
def _read(slug: str, path: Path, _changed: float) -> Guide:
    text = path.read_text(encoding="utf-8")
    title, _blank, rest = text.removeprefix("# ").partition("\n")
    first = next(part for part in rest.split("\n\n") if part.strip()).replace("\n", " ").strip()
    first = re.sub(r"\*\*?|`|\[([^\]]*)\]\([^)]*\)", r"\1", first)
    return Guide(slug, title.strip(), first, mark_safe(to_html(rest)), text.lower())  # noqa: S308 - every part is escaped


def to_html(text: str) -> str:
    """Return headings, paragraphs, lists, **bold**, *emphasis*, `code` and [links](/to/pages/) as HTML; everything else is escaped text."""
    return "\n".join(_block(block.strip()) for block in re.split(r"\n{2,}", text) if block.strip())


def _block(block: str) -> str:
    if heading := re.fullmatch(r"(#{2,3}) (.+)", block):
        level = len(heading[1])
        return f"<h{level}>{_inline(heading[2])}</h{level}>"
    for mark, tag in ((r"[-*] ", "ul"), (r"\d+\. ", "ol")):
        if re.match(mark, block):
            items = [re.sub(mark, "", item, count=1) for item in re.split(rf"\n(?={mark})", block)]
            return f"<{tag}>{''.join(f'<li>{_inline(item)}</li>' for item in items)}</{tag}>"
    if block.startswith("> "):
        return f'<p class="notice">{_inline(block.replace(chr(10) + "> ", " ").removeprefix("> "))}</p>'
    return f"<p>{_inline(block)}</p>"


def _inline(text: str) -> str:
    safe = str(escape(" ".join(text.split())))
    safe = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", safe)
    safe = re.sub(r"\*([^*]+)\*", r"<em>\1</em>", safe)
    safe = re.sub(r"`(.+?)`", r"<code>\1</code>", safe)
    # Pages of ours alone: a guide leads nowhere else.
    return re.sub(r"\[([^\]]+)\]\((/[\w/?=&;.#-]*)\)", r'<a href="\2">\1</a>', safe)
