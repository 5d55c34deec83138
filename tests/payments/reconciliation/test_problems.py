"""What is wrong with files is stored in English and read in the reader's language; nothing a reader writes is left without words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from payments.reconciliation.statements.problems import _SENTENCES, problem_words

READERS = [settings.BASE_DIR / "payments" / name for name in ("settlement", "reconciliation")]
# Which argument of a call says what is wrong.
PLACES = {"NotAReport": 0, "NotAStatement": 0, "RowFailure": 3, "_refused": 0, "_failed": 2}
FILLED = "7"
Functions = dict[str, ast.FunctionDef]


def called(node: ast.Call) -> str:
    return str(getattr(node.func, "id", None) or getattr(node.func, "attr", ""))


def texts(node: ast.AST, function: ast.FunctionDef, beside: Functions, depth: int = 0) -> list[str]:
    """Every text that an expression may come to, with a figure where something is filled in; none if it is made elsewhere."""
    if depth > 4:
        return []

    def more(part: ast.AST) -> list[str]:
        return texts(part, function, beside, depth + 1)

    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return ["".join(pieces) for pieces in product(*[more(part) for part in parts])]
        case ast.FormattedValue(value=value):
            return (more(value) if isinstance(value, ast.Name) else []) or [FILLED]
        case ast.IfExp(body=one, orelse=other):
            return more(one) + more(other)
        case ast.BinOp(op=ast.Add(), left=one, right=other):
            return [first + second for first, second in product(more(one), more(other))]
        case ast.Call():
            return texts_of_call(node, beside, depth + 1)
        case ast.Name(id=name):
            return [text for value in assigned(name, function) for text in more(value)]
    return []


def texts_of_call(node: ast.Call, beside: Functions, depth: int) -> list[str]:
    """A text that is formatted, or what a function of the same file returns."""
    match node.func:
        case ast.Attribute(value=ast.Constant(value=str(text)), attr="format"):
            return [text.replace("{}", FILLED)]
    function = beside.get(called(node))
    lines = [line.value for line in ast.walk(function) if isinstance(line, ast.Return)] if function else []
    return [text for value in lines if value and function for text in texts(value, function, beside, depth)]


def assigned(name: str, function: ast.FunctionDef) -> Iterator[ast.AST]:
    for node in ast.walk(function):
        if isinstance(node, ast.Assign | ast.NamedExpr):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name) and target.id == name:
                yield node.value


def problem_of(node: ast.Call) -> ast.AST | None:
    """The argument of a call that says what is wrong: the last one of every `fail`, of readers and of rows alike."""
    name = called(node)
    if name == "Check":
        return next((keyword.value for keyword in node.keywords if keyword.arg == "text"), None)
    if name == "fail" and len(node.args) > 1:
        return node.args[-1]
    place = PLACES.get(name)
    return node.args[place] if place is not None and place < len(node.args) else None


def written() -> Iterator[tuple[Path, str]]:
    for file in sorted(file for folder in READERS for file in folder.rglob("*.py")):
        tree = ast.parse(file.read_text())
        beside: Functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        for function in beside.values():
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and (problem := problem_of(node)) is not None:
                    yield from ((file, text) for text in texts(problem, function, beside) if " " in text.strip())


def test_every_problem_that_a_reader_writes_has_words() -> None:
    found = set(written())

    assert len(found) > 80
    assert [f"{file.name}: {text}" for file, text in sorted(found) if not _SENTENCES.knows(text)] == []


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ("the file is empty", "die Datei ist leer"),
        ("'12,5x' is not an amount", "'12,5x' ist kein Betrag"),
        (
            "gross 12.50 less fee 0.30 is 12.20, not 12.00: 0.20 EUR off",
            "brutto 12.50 abzüglich Gebühr 0.30 ergibt 12.20, nicht 12.00: 0.20 EUR Abweichung",
        ),
        (
            "this is a report of the sandbox (Sandbox settlement report), and the account is at Adyen",
            "dies ist ein Bericht von der Sandbox (Sandbox settlement report), das Konto aber ist bei Adyen",
        ),
        ("may.zip: the file holds no statement", "may.zip: die Datei enthält keinen Kontoauszug"),
        ("what nobody of ours wrote", "what nobody of ours wrote"),
    ],
)
def test_a_problem_is_read_in_german_with_its_figures(stored: str, told: str) -> None:
    with translation.override("de"):
        assert problem_words(stored) == told
    assert problem_words(stored) == stored
