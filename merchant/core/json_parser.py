"""The JSON of REST requests, bounded in depth: what is nested deeper than any request of ours costs its reader more than its sender."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

# A tablet's batch of sales with lines and tenders is 8 deep.
DEPTH_MAX = 32


class BoundedJSONParser(JSONParser):
    """Django REST framework's parser; 400 for JSON nested deeper than `DEPTH_MAX`. Python itself refuses integers of more than 4,300 digits."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """
        Return the document.

        :raises ParseError: if it is no JSON or nested too deeply.
        """
        try:
            document = super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError(_("JSON may be nested at most {number} levels deep.").format(number=DEPTH_MAX)) from error
        if not _is_flat_enough(document):
            raise ParseError(_("JSON may be nested at most {number} levels deep.").format(number=DEPTH_MAX))
        return document


def _is_flat_enough(document: Any) -> bool:
    level = [document]
    for _level in range(DEPTH_MAX + 1):
        level = [item for node in level for item in _items(node) if isinstance(item, dict | list)]
        if not level:
            return True
    return False


def _items(node: Any) -> Iterable[Any]:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()
