"""
Template tags, loaded as `{% load tillsyn %}`: money, moments, states, icons.

They read locale, zone and clock from the page's `shell`; a page without one (sign-in, errors) falls back to settings.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.template.context import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from merchant.core.keeping import ICONS
from merchant.core.money import Money
from merchant.core.pages import display, shell, status
from merchant.core.pages.fixed_words import translate

register = template.Library()
register.tag("translate", translate)
# A list draws the same marks hundreds of times; so much markup is remembered of each kind, a few hundred kilobytes.
_REMEMBERED = 2_048
# A rail differs by what the reader may open, where they are, which place they look at, what needs a person, and the language. A few kilobytes each.
_RAILS_REMEMBERED = 256
# Twenty pages of rows, some megabytes: those that are looked at again and again, the newest of each list.
_ROWS_REMEMBERED = 1_024
# The first letter of a later word of a title; "I", "QR" and "PIN" stay as they are.
_LATER_CAPITAL = re.compile(r"(?<=[A-Za-z'’][ -])[A-Z](?=[a-z])")


def _locale(context: Context) -> str:
    page_shell = context.get("shell")
    return page_shell.locale if page_shell else shell.current_locale()


def _zone(context: Context) -> str:
    if page_shell := context.get("shell"):
        return str(page_shell.zone)
    # Pages about one's own account have no shell, and their reader still has a merchant.
    find_caller = getattr(context.get("request"), "find_caller", None)
    caller = find_caller() if find_caller else None
    return caller.merchant.zone if caller else settings.TIME_ZONE


@register.filter
def sentence_case(words: str) -> SafeString:
    """Words Of A Package's Titles as we write ours: a capital at the beginning only. English alone; other languages have rules of their own."""
    if not (get_language() or "").startswith("en"):
        return SafeString(words)
    return SafeString(_LATER_CAPITAL.sub(lambda found: found.group().lower(), words))


@register.simple_tag
def own_languages() -> list[tuple[str, str]]:
    """The product's languages as (code, name), each by its own name: who looks for theirs cannot read the others'."""
    return list(settings.LANGUAGES)


@register.simple_tag
def icon(name: str, label: str = "", extra: str = "") -> SafeString:
    """An icon of the sprite. With a label it is an image with a name, without it is decoration."""
    return _icon(name, str(label), extra)


@lru_cache(maxsize=_REMEMBERED)
def _icon(name: str, label: str, extra: str) -> SafeString:
    href = f"{_icons_address()}#{name}"
    css = f"i {extra}".strip()
    if label:
        return format_html('<svg class="{}" role="img" aria-label="{}"><use href="{}"></use></svg>', css, label, href)
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"></use></svg>', css, href)


@cache
def _icons_address() -> str:
    """Where the sprite is: its hashed name, or its name with a digest of what is in it, so that it may be kept (`merchant.core.keeping`)."""
    if settings.STATIC_HASHED:
        return static(ICONS)
    digest = hashlib.sha256((settings.BASE_DIR / "static" / ICONS).read_bytes()).hexdigest()[:12]
    return f"{static(ICONS)}?v={digest}"


@register.simple_tag(takes_context=True)
def money(context: Context, amount: Money | None, sign: str = "") -> SafeString:
    """An amount with its symbol in quieter ink; `sign="+"` also marks gains. Nothing is an em dash."""
    return SafeString("—") if amount is None else _money(amount, _locale(context), sign == "+")


@lru_cache(maxsize=_REMEMBERED)
def _money(amount: Money, locale: str, with_plus: bool) -> SafeString:
    parts = display.money_parts(amount, locale=locale, with_plus=with_plus)
    before = format_html('<span class="cur">{}</span>', parts.before) if parts.before else ""
    after = format_html('<span class="cur">{}</span>', parts.after) if parts.after else ""
    return format_html('<span class="money">{}{}{}{}</span>', parts.sign, before, parts.figures, after)


@register.simple_tag(takes_context=True)
def count(context: Context, number: int) -> str:
    """A count with the locale's separators."""
    return display.count_text(number, locale=_locale(context))


@register.simple_tag(takes_context=True)
def money_text(context: Context, amount: Money) -> str:
    """An amount as text, for buttons and labels."""
    return display.money_text(amount, locale=_locale(context))


@register.simple_tag(takes_context=True)
def moment(context: Context, value: datetime | date | None, shape: str = "short") -> SafeString:
    """A moment in the page's zone or a calendar day, machine-readable in `datetime`, exact in `title`. A short one of another year says which."""
    if value is None:
        return SafeString("—")
    locale, zone = _locale(context), _zone(context)
    today = context["shell"].today if context.get("shell") else None
    if not isinstance(value, datetime):
        day_shape = shape if shape in ("long", "full", "dated") else "short"
        shown = display.day_text(value, shape=day_shape, locale=locale, today=today)
        return format_html('<time datetime="{}">{}</time>', value.isoformat(), shown)
    exact = display.moment_text(value, shape="full", zone=zone, locale=locale)
    shown = display.moment_text(value, shape=shape, zone=zone, locale=locale, today=today)
    stamp = value.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")
    return format_html('<time datetime="{}" title="{}">{}</time>', stamp, exact, shown)


@register.simple_tag(takes_context=True)
def list_time(context: Context, value: datetime) -> SafeString:
    """A moment in a list: the time when it is of today, "Fri 11:20" within the week, else with its day."""
    days = (context["shell"].today - value.astimezone(ZoneInfo(_zone(context))).date()).days
    if days == 0:
        return moment(context, value, "time")
    # Within a week the weekday says which day is meant.
    return moment(context, value, "weekday" if 0 < days < 7 else "short")


@register.simple_tag(takes_context=True)
def entry_time(context: Context, value: datetime) -> SafeString:
    """A moment on a timeline: to the second today, where order matters, else with its day."""
    is_today = context["shell"].today == value.astimezone(ZoneInfo(_zone(context))).date()
    return moment(context, value, "second" if is_today else "short")


@register.simple_tag(takes_context=True)
def age(context: Context, value: datetime | None) -> SafeString:
    """How long ago, kept current by script, exact in `title`."""
    if value is None:
        return SafeString("—")
    locale, zone = _locale(context), _zone(context)
    shown = display.age_text(value, now=context["shell"].now, zone=zone, locale=locale)
    exact = display.moment_text(value, shape="full", zone=zone, locale=locale)
    return format_html('<time datetime="{}" title="{}" data-age>{}</time>', value.isoformat(), exact, shown)


@register.simple_tag(takes_context=True)
def lasting(context: Context, value: datetime) -> SafeString:
    """How long something has been going on ("4 s"), kept current by script."""
    shown = display.duration_text(context["shell"].now - value)
    return format_html('<time datetime="{}" data-age="lasting">{}</time>', value.isoformat(), shown)


@register.simple_tag(takes_context=True)
def figure(context: Context, value: Any, shape: str = "short") -> SafeString | str:
    """A value of a fact or a stat, drawn by what it is: amount, moment, day or text."""
    if isinstance(value, Money):
        return money(context, value)
    if isinstance(value, date):
        return moment(context, value, shape)
    return str(value)


@register.simple_tag
def status_badge(family: str, value: str, extra: str = "") -> SafeString:
    """A state as shape, word and colour, from the one table in `status.py`."""
    look = status.appearance(family, value)
    return _badge(look.tone, look.icon, str(look.word), extra)


@register.simple_tag
def badge(tone: str, icon_name: str, word: str, extra: str = "") -> SafeString:
    """A badge with words of its own, for example "1 of 3 offline"."""
    return _badge(tone, icon_name, str(word), extra)


@lru_cache(maxsize=_REMEMBERED)
def _badge(tone: str, icon_name: str, word: str, extra: str) -> SafeString:
    return format_html(
        '<span class="{}">{}{}</span>', " ".join(f"status {tone} {extra}".split()), _icon(icon_name, "", ""), word
    )


@register.simple_tag
def tick(key: str, name: str) -> SafeString:
    """The box of a row that is chosen for an act on many."""
    label = gettext("Tick %(name)s") % {"name": name}
    return format_html(
        '<input type="checkbox" class="bulk-tick" form="bulk" name="selected" value="{}" aria-label="{}">', key, label
    )


@register.simple_tag
@lru_cache
def trail_marks(states: tuple[str, ...]) -> SafeString:
    """The money trail as four marks, for eyes; its word stands beside it."""
    marks = format_html_join("", '<i class="{}"></i>', ((state,) for state in states))
    return format_html('<span class="trail" aria-hidden="true">{}</span>', marks)


def forget() -> None:
    """Draw every row and rail anew, for whoever changes what words or templates say while the process runs."""
    _list_row.cache_clear()
    _nav_links.cache_clear()


@register.simple_tag
def nav_links(navigation: tuple[shell.NavGroup, ...]) -> SafeString:
    """The entries of the rail, which a page shows twice and the next page of the same reader again."""
    return _nav_links(navigation, get_language())


@lru_cache(maxsize=_RAILS_REMEMBERED)
def _nav_links(navigation: tuple[shell.NavGroup, ...], language: str | None) -> SafeString:
    return render_to_string("components/nav_links.html", {"navigation": navigation})


@register.simple_tag(takes_context=True)
def list_row(context: Context, template_name: str, row: Any) -> SafeString:
    """
    A row of a list, drawn once a day for all who read it alike.

    Its template is shown nothing but the row (a value: equal rows look alike), the language, the zone and the day. What is only one reader's, or of this moment, has no place in it.
    """
    page_shell = context["shell"]
    return _list_row(
        template_name, row, get_language(), shell.RowShell(page_shell.today, page_shell.zone, page_shell.locale)
    )


@lru_cache(maxsize=_ROWS_REMEMBERED)
def _list_row(template_name: str, row: Any, language: str | None, row_shell: shell.RowShell) -> SafeString:
    return render_to_string(template_name, {"row": row, "shell": row_shell})


@register.simple_tag
def browser_name(user_agent: str) -> str:
    """A browser and its system as people call them; what is neither known stays as it named itself, cut short."""
    browser = next((name for mark, name in display.BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in display.SYSTEMS if mark in user_agent), "")
    return ", ".join(part for part in (browser, system) if part) or user_agent[:60]


@register.simple_tag
def phone_tabs(page_shell: shell.Shell) -> tuple[shell.NavItem, ...]:
    """The entries of the phone's tab bar."""
    return shell.phone_tabs(page_shell.navigation)


@register.simple_tag
def status_look(family: str, value: str) -> status.Appearance:
    """A state's tone, icon and word, for places that draw them apart."""
    return status.appearance(family, value)
