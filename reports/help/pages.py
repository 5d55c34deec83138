"""Guides as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from merchant.core.pages.parts import Link
from reports.help.guides import Guide


@dataclass(frozen=True, slots=True)
class GuideListPage:
    """The guides that hold what was searched for."""

    guides: tuple[Guide, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class GuidePage:
    """One guide, and the ways to the others."""

    guide: Guide
    others: tuple[Link, ...]
