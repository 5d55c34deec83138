"""What every REST operation may answer besides its own success: refusals, all of one form, described once."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from merchant.core.idempotency.api import ActOnceView
from merchant.core.idempotency.services import KEY_LENGTH_MAX

_PROBLEM = "application/problem+json"
# 405 is not among them: a method that is not described is not an operation. 503: the database or the counters do not answer; a repeat is safe.
_ANYWHERE = (400, 401, 403, 404, 413, 429, 503)
_WHERE_SOMETHING_CHANGES = (409, 415, 422)
# What a caller makes up for each act, so that a repeat replays the answer instead of acting again.
_IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": KEY_LENGTH_MAX},
    "description": "A new one for each act, the same one when the act is sent again.",
}


class ProblemSerializer(serializers.Serializer[Any]):
    """A refusal (RFC 9457): what did not happen, what that means for the money, and what to do next. `code` never changes."""

    type = serializers.URLField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    money = serializers.CharField()
    next_step = serializers.CharField()
    data = serializers.DictField(required=False)  # type: ignore[assignment]
    errors = serializers.JSONField(required=False)  # type: ignore[assignment]


class DescribedSchema(AutoSchema):
    """Adds to each operation the refusals it may answer with, unless the view describes them itself."""

    def get_operation_id(self) -> str:
        """Return a name no other path has, so that a client made from the document keeps its names when paths are added."""
        name = str(super().get_operation_id())  # type: ignore[no-untyped-call]
        last = self.path.rstrip("/").rsplit("/", 1)[-1]
        is_list = name.endswith("_retrieve") and last.endswith("s") and not last.endswith("us") and "." not in last
        return f"{name.removesuffix('_retrieve')}_list" if is_list else name

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Return the operation with the right it needs (`x-right`, none where the route is public) and the key of an act."""
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)  # type: ignore[no-untyped-call]
        if operation is None:
            return None
        if hasattr(self.view, "right_for"):
            operation["x-right"] = self.view.right_for(self.method)
        if isinstance(self.view, ActOnceView) and self.method == "POST":
            operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
        return operation

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)  # type: ignore[no-untyped-call,arg-type]
        codes = _ANYWHERE if self.method == "GET" else _ANYWHERE + _WHERE_SOMETHING_CHANGES
        for code in codes:
            refusal = self._get_response_for_code(ProblemSerializer, str(code), [_PROBLEM], direction)  # type: ignore[no-untyped-call,arg-type]
            bodies.setdefault(str(code), {**refusal, "description": HTTPStatus(code).phrase})
        return dict(sorted(bodies.items()))
