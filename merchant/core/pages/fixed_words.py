"""
Words that stand fast in a template are looked up once per language, not with each answer. A list of fifty rows has four hundred of them.

`{% load i18n tillsyn %}` has this `translate` instead of Django's. What depends on a variable, or is kept in one, is looked up with each answer as ever.
"""

from __future__ import annotations

from typing import Any

from django.template import Context
from django.template.base import Node, Parser, Token
from django.templatetags import i18n
from django.utils.translation import get_language


class FixedWords(Node):
    """Words of a template, in the languages that they were read in: as many as the product has."""

    child_nodelists = ()

    def __init__(self, node: i18n.TranslateNode) -> None:
        self._node = node
        self._in: dict[str | None, str] = {}

    def render(self, context: Context) -> str:
        """Return the words in the reader's language."""
        language = get_language()
        if language not in self._in:
            self._in[language] = self._node.render(context)
        return self._in[language]


def translate(parser: Parser, token: Token) -> Node:
    """Django's tag, whose words are kept where they are the same in each answer."""
    node: Any = i18n.do_translate(parser, token)
    words = node.filter_expression
    depends = node.asvar or node.message_context or words.filters or words.var.lookups
    return node if depends else FixedWords(node)
