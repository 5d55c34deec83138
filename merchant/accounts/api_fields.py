"""The fields of a JSON schema as rows a person reads: `lines[].quantity`, a whole number, required, at least 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# Deeper than any body of ours; a schema that contains itself ends here.
_DEPTH_MAX = 5
_ENUM_SHOWN_MAX = 24
_KINDS = {
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "object",
    "string": "text",
}
_FORMATS = {"uuid": "id", "date-time": "moment", "date": "day", "uri": "address", "email": "e-mail", "binary": "file"}
_BOUNDS = (
    ("minimum", "at least {}"),
    ("maximum", "at most {}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minItems", "at least {} entries"),
    ("maxItems", "at most {} entries"),
    ("pattern", "pattern {}"),
    ("default", "{} if it is left out"),
)
# Limits of the column, not rules of the business: they say nothing to a reader.
_WHOLE = {2**63 - 1, -(2**63), 2**31 - 1, -(2**31)}


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field. `place` is where a parameter goes: path, query or header."""

    name: str
    kind: str
    is_required: bool
    note: str = ""
    place: str = ""


def fields_of(schema: dict[str, Any], schemas: dict[str, Any]) -> tuple[FieldRow, ...]:
    """Return the fields of an object, or of the objects in a list, those inside behind their names with dots."""
    return tuple(_walk(schema, schemas, "", 0))


def _walk(schema: dict[str, Any], schemas: dict[str, Any], before: str, depth: int) -> list[FieldRow]:
    schema = _resolved(schema, schemas)
    if schema.get("type") == "array":
        return _walk(schema.get("items", {}), schemas, f"{before.removesuffix('.')}[].", depth)
    if depth >= _DEPTH_MAX:
        return []
    rows: list[FieldRow] = []
    for name, described in schema.get("properties", {}).items():
        field = _resolved(described, schemas)
        note = _note(field)
        rows.append(FieldRow(f"{before}{name}", _kind(field, schemas), name in schema.get("required", ()), note))
        rows += _walk(field, schemas, f"{before}{name}.", depth + 1)
    return rows


def _resolved(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return _resolved(schemas.get(schema["$ref"].rsplit("/", 1)[-1], {}), schemas)
    if len(schema.get("allOf", ())) == 1:
        inner = _resolved(schema["allOf"][0], schemas)
        return {**inner, **{key: value for key, value in schema.items() if key != "allOf"}}
    return schema


def _kind(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    several = schema.get("oneOf") or schema.get("anyOf")
    if several:
        kinds = [_kind(_resolved(one, schemas), schemas) for one in several]
        return " or ".join(dict.fromkeys(kind for kind in kinds if kind))
    if "enum" in schema:
        shown = [json_word(value) for value in schema["enum"][:_ENUM_SHOWN_MAX]]
        return " | ".join(shown) + (" | …" if len(schema["enum"]) > _ENUM_SHOWN_MAX else "")
    name = schema.get("type", "anything")
    if name == "null":
        return "null"
    if isinstance(name, list):
        return " or ".join(_kind({**schema, "type": one}, schemas) for one in name)
    if name == "array":
        return f"list of {_kind(_resolved(schema.get('items', {}), schemas), schemas)}"
    return _FORMATS.get(schema.get("format", ""), _KINDS.get(name, name))


def _note(schema: dict[str, Any]) -> str:
    # The list of choices is the kind already.
    said = [] if "enum" in schema else [schema.get("description", "")]
    for key, word in _BOUNDS:
        value = schema.get(key)
        if value is None or value in ("", [], {}) or (isinstance(value, int) and value in _WHOLE):
            continue
        said.append(word.format(json_word(value)))
    return ", ".join(part for part in said if part)


def json_word(value: Any) -> str:
    """Return a value as JSON writes it, without quotes; nothing is `""`."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return str(value) or '""'
