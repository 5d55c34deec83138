"""What refusals say can be translated, wherever it is put together, and is said in the language that is asked for."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from string import Formatter
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from merchant.core import words
from merchant.core.errors import AppError
from merchant.core.states import IllegalTransition, StateTable
from merchant.core.telling import STATES, THINGS
from merchant.core.tenancy import acting_for
from merchant.ledger.models import Journal
from orders.order.models import Order
from payments.processing.refusals import RefundExceedsCaptured
from tests.terminals.pos.counter import Counter, Till

# Besides our own refusals: what the framework answers with a sentence of ours.
FRAMEWORKS = {"ValidationError", "PermissionDenied", "AuthenticationFailed", "ParseError", "problem"}
# What refusals take their reason from.
CAUSES = {"SpecInvalid", "AddressRefused"}
TRANSLATES = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "pgettext", "pgettext_lazy", "format_html"}
# Operators' tools, which speak English, and the sandbox, which is a program of its own.
NO_PAGES = ("management", "embedded", "backups", "sandbox", "generator", "truth", "migrations")


@dataclass(frozen=True)
class Module:
    """A file of the product, read."""

    path: Path
    tree: ast.Module

    def functions(self) -> dict[str, ast.FunctionDef]:
        """Its functions by name."""
        return {node.name: node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef)}


def modules() -> list[Module]:
    files = [file for app in words.APPS for file in sorted((settings.BASE_DIR / app).rglob("*.py"))]
    return [
        Module(file.relative_to(settings.BASE_DIR), ast.parse(file.read_text()))
        for file in files
        if not set(file.parts) & set(NO_PAGES)
    ]


def refusals(read: list[Module]) -> dict[str, ast.ClassDef]:
    """Our refusals by name: `AppError` and every class below it."""
    classes = [node for module in read for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)]
    found = {node.name: node for node in classes if node.name == AppError.__name__}
    while more := {
        node.name: node
        for node in classes
        if node.name not in found and {ast.unparse(base) for base in node.bases} & set(found)
    }:
        found |= more
    return found


def called(node: ast.Call) -> str:
    return str(getattr(node.func, "id", None) or getattr(node.func, "attr", ""))


def loose(node: ast.AST | None) -> Iterator[str]:
    """Sentences that an expression may come to and that no catalogue holds. What has no blank is a name."""
    match node:
        case ast.Constant(value=str(text)) if " " in text.strip() and not is_list_of_names(text) and text not in STATES:
            yield text
        case ast.JoinedStr(values=parts):
            texts = [str(part.value) for part in parts if isinstance(part, ast.Constant)]
            if any(is_word(word) for text in texts for word in text.split()):
                yield ast.unparse(node)
        case ast.Call() if called(node) in TRANSLATES or called(node) == "join":
            return
        case ast.Call(args=arguments, keywords=named):
            for argument in [*arguments, *[keyword.value for keyword in named]]:
                yield from loose(argument)
        case ast.IfExp(body=one, orelse=other):
            yield from [*loose(one), *loose(other)]
        case ast.BoolOp(values=parts) | ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Dict(values=parts):
            for part in parts:
                yield from loose(part)


def is_word(text: str) -> bool:
    return len(text) > 1 and text.isalpha() and text.islower()


def is_list_of_names(text: str) -> bool:
    return all(name.isidentifier() for name in text.split(", "))


def made_of(name: str, function: ast.FunctionDef) -> Iterator[str]:
    """Loose sentences that a function gives to a variable, by assignment or by what it loops over."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(name in names_in(target) for target in targets):
                yield from loose(node.value)
        elif isinstance(node, ast.For) and name in names_in(node.target):
            yield from loose(node.iter)


def names_in(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def returned_by(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Return | ast.Yield):
            yield from loose(node.value)


def said_in(module: Module, names: set[str]) -> Iterator[str]:
    """Loose sentences of every refusal that a module makes: written into it, kept in a variable, or returned by a function beside it."""
    beside = module.functions()
    for function in beside.values():
        for node in ast.walk(function):
            if not (isinstance(node, ast.Call) and called(node) in names):
                continue
            for argument in [*node.args, *[keyword.value for keyword in node.keywords]]:
                found = [*loose(argument)]
                for name in names_in(argument):
                    found += made_of(name, function)
                    found += returned_by(beside[name]) if name in beside else []
                yield from (f"{module.path}:{node.lineno}: {text}" for text in found)


def test_what_is_filled_into_a_refusal_can_be_translated() -> None:
    read = modules()
    names = set(refusals(read)) | FRAMEWORKS | CAUSES

    assert len(names) > 200
    assert sorted({said for module in read for said in said_in(module, names)}) == []


def test_a_sentence_that_no_catalogue_holds_is_found() -> None:
    source = """
def check(rule):
    if (reason := _wrong(rule)):
        raise Refused(reason=reason)
    for is_so, why in ((rule, "it is over"),):
        raise Refused(why=why)
    if rule:
        raise Refused(reason=f"there is no {rule} here")
    raise Refused(reason=_("fine as {name}").format(name=rule), offered="write_off, book", other=_wrong(rule))

def _wrong(rule):
    yield "it is wrong"
"""

    found = {text.partition(": ")[2] for text in said_in(Module(Path("a.py"), ast.parse(source)), {"Refused"})}

    assert found == {"it is wrong", "it is over", "f'there is no {rule} here'"}


def test_every_sentence_of_a_refusal_stands_in_the_catalogues() -> None:
    known = {sentence.id for sentence in words.list_sentences(settings.BASE_DIR)}
    lines = [line for refusal in refusals(modules()).values() for line in refusal.body]
    said = [
        line.value.value
        for line in lines
        if isinstance(line, ast.Assign | ast.AnnAssign) and isinstance(line.value, ast.Constant)
        if ast.unparse(line.targets[0] if isinstance(line, ast.Assign) else line.target)
        in ("detail", "money", "next_step")
    ]

    assert len(said) > 300
    assert [text for text in said if str(text).strip("{}").count(" ") and text not in known] == []


def braces_of(name: str, classes: dict[str, ast.ClassDef]) -> set[str]:
    """What the sentences of a refusal leave open: each is its own, else that of the class it comes from."""
    open_names: dict[str, set[str]] = {}
    while name in classes:
        for line in classes[name].body:
            target = line.targets[0] if isinstance(line, ast.Assign) else getattr(line, "target", None)
            sentence = getattr(line, "value", None)
            if isinstance(target, ast.Name) and target.id in ("detail", "money", "next_step"):
                text = sentence.value if isinstance(sentence, ast.Constant) else ""
                open_names.setdefault(target.id, {field for _, field, _, _ in Formatter().parse(str(text)) if field})
        name = next((ast.unparse(base) for base in classes[name].bases), "")
    return set().union(*open_names.values())


def made_by(name: str, classes: dict[str, ast.ClassDef]) -> set[str]:
    """What a refusal makes of what it is given, and hands to the class it comes from."""
    calls = [call for call in ast.walk(classes[name]) if isinstance(call, ast.Call)]
    return {
        str(keyword.arg) for call in calls if ast.unparse(call.func) == "super().__init__" for keyword in call.keywords
    }


def test_what_the_sentences_of_a_refusal_leave_open_is_given_wherever_it_is_raised() -> None:
    read = modules()
    classes = refusals(read)
    missing, seen = [], 0
    for module in read:
        for call in ast.walk(module.tree):
            if not isinstance(call, ast.Call) or called(call) not in classes:
                continue
            given = {keyword.arg for keyword in call.keywords}
            if None in given:
                # Handed on from elsewhere; nobody can tell from here.
                continue
            amounts = {str(name).removesuffix("_minor") for name in given} if "currency" in given else set()
            seen += 1
            if lacks := braces_of(called(call), classes) - given - amounts - made_by(called(call), classes):
                missing.append(f"{module.path}:{call.lineno}: {called(call)} lacks {sorted(lacks)}")

    assert missing == []
    assert seen > 700


def test_every_state_and_every_thing_that_has_states_has_a_word() -> None:
    files = [
        file.relative_to(settings.BASE_DIR)
        for app in words.APPS
        for file in (settings.BASE_DIR / app).rglob("states.py")
    ]
    read = [vars(import_module(".".join(file.with_suffix("").parts))) for file in files]
    tables = [value for names in read for value in names.values() if isinstance(value, StateTable)]

    assert len(tables) > 20
    assert {state for table in tables for state in table.states} - set(STATES) == set()
    assert {table.what for table in tables} - set(THINGS) == set()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "At most €1,234.50 can be refunded."),
        ("de", "Höchstens 1.234,50\xa0€ können erstattet werden."),
        ("sv", "Högst 1\xa0234,50\xa0€ kan återbetalas."),
    ],
)
def test_an_amount_is_said_as_the_language_writes_it_and_stays_a_figure_for_programs(language: str, said: str) -> None:
    with translation.override(language):
        refusal = RefundExceedsCaptured(left_minor=123_450, currency="EUR")

        assert refusal.message == said
    assert str(refusal) == "At most €1,234.50 can be refunded."
    assert refusal.data == {"left_minor": 123_450, "currency": "EUR"}


def test_a_state_is_said_in_words_and_stays_a_name_for_programs() -> None:
    with translation.override("de"):
        refusal = IllegalTransition(what="payment", state="partly_refunded", target="voided")

        assert refusal.message == "Zahlung ist teilweise erstattet und kann nicht storniert werden."
    assert refusal.data == {"what": "payment", "state": "partly_refunded", "target": "voided"}


def asked_in(language: str, till: Till, body: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    sent = till.client.post(
        "/api/v1/sales/",
        json.dumps(body),
        content_type="application/json",
        headers={"accept-language": language, "idempotency-key": str(uuid4())},
    )
    return sent, sent.json()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "too_little", "no_coupon"),
    [
        (
            "en-GB",
            "€12.40 does not pay €12.50.",
            "The request is not valid: a coupon is held by an order: begin one, then take its payment",
        ),
        (
            "de-DE,en;q=0.5",
            "12,40\xa0€ reichen nicht für 12,50\xa0€.",
            "Die Anfrage ist nicht gültig: ein Rabattcode gehört zu einer Bestellung: beginnen Sie eine und nehmen Sie dann deren Zahlung an",
        ),
        (
            "sv",
            "12,40\xa0€ räcker inte till 12,50\xa0€.",
            "Begäran är inte giltig: en rabattkod hör till en order: börja en, och ta sedan emot dess betalning",
        ),
    ],
)
def test_a_refused_sale_is_explained_in_the_tablets_language_and_nothing_moves(
    language: str, too_little: str, no_coupon: str
) -> None:
    counter = Counter()
    body = {"lines": counter.lines(1), "tendered_minor": 1240}

    answer, told = asked_in(language, counter.left, body)
    _, coupon = asked_in(language, counter.left, {**body, "tendered_minor": 2000, "coupon": "NONE"})

    assert (answer.status_code, told["code"], told["detail"]) == (422, "tender_too_small", too_little)
    assert told["data"] == {"tendered_minor": 1240, "total_minor": 1250, "currency": "EUR"}
    assert (coupon["code"], coupon["detail"]) == ("invalid_request", no_coupon)
    assert answer["Content-Language"] == language[:2]
    assert "Accept-Language" in answer["Vary"]
    with acting_for(counter.merchant.id):
        assert not Order.objects.exists() and not Journal.objects.exists()


@pytest.mark.django_db
def test_what_is_refused_before_the_language_is_known_speaks_it_too_and_not_the_one_asked_before() -> None:
    card = json.dumps({"note": "4111 1111 1111 1111"})

    def refused(**headers: str) -> Any:
        return Client().post("/api/v1/sales/", card, content_type="application/json", headers=headers)

    german = refused(**{"accept-language": "de"})
    plain = refused()

    assert german.json()["next_step"].startswith("Kartendaten gehen nur an den Zahlungsdienst.")
    assert (german.json()["money"], german["Content-Language"]) == ("Es wurde kein Geld bewegt.", "de")
    assert plain.json()["next_step"].startswith("Card data goes to the payment processor alone.")
    assert german.json()["code"] == plain.json()["code"] == "card_number_refused"
    assert "Accept-Language" in german["Vary"]
