"""The words of the counter's screens and the scripts that show them fit each other."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

from terminals.till import counter_words
from terminals.till.counter_words import list_counter_words
from terminals.till.words import list_words

SCRIPTS = Path(__file__).parents[3] / "static" / "till"
USED = re.compile(r"""\b(t|count)\("(\w+)\"""")


def test_every_word_a_script_asks_for_is_there_and_every_word_of_the_counter_is_asked_for() -> None:
    lines = [line for path in SCRIPTS.glob("*.js") for line in path.read_text().splitlines()]
    source = "\n".join(line for line in lines if not line.startswith("//"))
    words = list_words()
    asked = {key if how == "t" else f"{key}_one" for how, key in USED.findall(source)}

    unasked = {
        key for key in list_counter_words() if f'"{key.removesuffix("_one").removesuffix("_many")}"' not in source
    }

    assert asked - set(words) == set()
    assert unasked == set()


def test_both_numbers_of_a_word_take_the_same_values() -> None:
    for key, text in list_counter_words().items():
        if key.endswith("_one"):
            assert re.findall(r"\{\w+\}", text) == re.findall(
                r"\{\w+\}", list_counter_words()[f"{key.removesuffix('_one')}_many"]
            )


def test_no_two_words_share_a_key() -> None:
    modules = Path(counter_words.__file__).parent.glob("*words.py")
    written = [node for path in modules for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Dict)]
    keys = Counter(key.value for node in written for key in node.keys if isinstance(key, ast.Constant))

    assert "total" in keys
    assert [key for key, count in keys.items() if count > 1] == []
