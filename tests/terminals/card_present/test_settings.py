"""Settings of terminals: the nearest level wins, everybody sees where a value comes from, and a device works by it once it says so."""

from __future__ import annotations

import pytest

from merchant.core.audit.models import AuditEntry
from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from terminals.card_present import settings
from terminals.card_present.settings import Level
from terminals.devices import configuration
from terminals.devices import services as devices
from terminals.devices.models import Terminal, TerminalSetting
from terminals.drivers import configuring
from tests.clients import signed_in
from tests.events import deliver_events
from tests.factories import a_store


def change(counter, level, **changes):
    with acting_for(counter.merchant.id):
        settings.change_settings(level=level, changes=changes, now=machine_now())


def in_force(counter, terminal, name):
    with acting_for(counter.merchant.id):
        found = configuration.of_terminal(terminal)[name]
    return found.value, found.level


def acknowledge(counter, terminal, **answer):
    message = counter.sent(terminal, "configuration")[-1]
    with acting_for(counter.merchant.id):
        fresh = Terminal.objects.get(id=terminal.id)
        body = {"result": "success", "version": message.request["version"], **answer}
        return configuring.take_acknowledgement(terminal=fresh, asked=message, body=body, now=machine_now())


def pending(counter, terminal):
    with acting_for(counter.merchant.id):
        fresh = Terminal.objects.get(id=terminal.id)
        return configuration.pending(fresh, configuration.of_terminal(fresh))


def test_the_nearest_level_wins_and_what_is_taken_away_falls_back(counter):
    terminal, store = Level(terminal_id=counter.terminal.id), Level(store_id=counter.store.id)
    assert in_force(counter, counter.terminal, "card_seconds") == (60, "product")

    change(counter, Level(), card_seconds=70)
    assert in_force(counter, counter.terminal, "card_seconds") == (70, "merchant")
    change(counter, store, card_seconds=80)
    assert in_force(counter, counter.terminal, "card_seconds") == (80, "store")
    change(counter, terminal, card_seconds=90)
    assert in_force(counter, counter.terminal, "card_seconds") == (90, "terminal")

    change(counter, terminal, card_seconds=None)
    change(counter, store, card_seconds=None)
    assert in_force(counter, counter.terminal, "card_seconds") == (70, "merchant")


def test_a_value_of_one_store_or_terminal_holds_nowhere_else(counter):
    elsewhere = counter.add_terminal(store=a_store(counter.merchant))
    neighbour = counter.add_terminal()
    change(counter, Level(store_id=counter.store.id), tip="ask")
    change(counter, Level(terminal_id=counter.terminal.id), language="sv")

    assert in_force(counter, elsewhere, "tip") == ("off", "product")
    assert in_force(counter, neighbour, "tip") == ("ask", "store")
    assert in_force(counter, neighbour, "language") == ("en", "product")
    with acting_for(counter.merchant.id):
        together = configuration.of_terminals([counter.terminal, elsewhere, neighbour])
        assert {key: {name: held.value for name, held in found.items()} for key, found in together.items()} == {
            each.id: {name: held.value for name, held in configuration.of_terminal(each).items()}
            for each in (counter.terminal, elsewhere, neighbour)
        }


def test_connected_terminals_that_are_touched_are_told_and_the_others_when_they_connect(counter):
    away = counter.add_terminal(is_connected=False)
    elsewhere = counter.add_terminal(store=a_store(counter.merchant))

    change(counter, Level(store_id=counter.store.id), standby_text="Hej!")

    [message] = counter.sent(counter.terminal, "configuration")
    assert message.request["settings"]["standby_text"] == "Hej!"
    assert "answer_seconds" not in message.request["settings"]
    assert counter.sent(away, "configuration") == counter.sent(elsewhere, "configuration") == []
    assert "standby_text" in pending(counter, counter.terminal)


def test_settings_are_pending_until_the_device_says_it_works_by_exactly_these(counter):
    change(counter, Level(), language="de")
    assert "language" in pending(counter, counter.terminal)

    assert not acknowledge(counter, counter.terminal, result="failure")
    assert not acknowledge(counter, counter.terminal, version="another")
    assert "language" in pending(counter, counter.terminal)

    assert acknowledge(counter, counter.terminal)
    assert pending(counter, counter.terminal) == frozenset()
    change(counter, Level(), card_seconds=33)
    assert pending(counter, counter.terminal) == {"card_seconds"}


def test_a_late_acknowledgement_of_older_settings_leaves_the_newer_ones_pending(counter):
    change(counter, Level(), card_seconds=30)
    [first] = counter.sent(counter.terminal, "configuration")
    change(counter, Level(), card_seconds=40)

    with acting_for(counter.merchant.id):
        body = {"result": "success", "version": first.request["version"]}
        fresh = Terminal.objects.get(id=counter.terminal.id)
        configuring.take_acknowledgement(terminal=fresh, asked=first, body=body, now=machine_now())

    assert pending(counter, counter.terminal) == {"card_seconds"}


def test_what_the_device_says_it_holds_outranks_our_memory(counter):
    change(counter, Level(), card_seconds=30)
    acknowledge(counter, counter.terminal)
    with acting_for(counter.merchant.id):
        fresh = Terminal.objects.get(id=counter.terminal.id)
        version = configuration.version_of(fresh.configuration)
        assert configuring.send_if_pending(terminal=fresh, held_version=version, now=machine_now()) is None
        assert configuring.send_if_pending(terminal=fresh, held_version="factory", now=machine_now()) is not None


def test_a_terminal_that_moves_is_sent_the_settings_of_its_new_store(counter):
    store = a_store(counter.merchant)
    change(counter, Level(store_id=store.id), language="sv")

    with acting_for(counter.merchant.id):
        devices.change_terminal(terminal_id=counter.terminal.id, place=devices.Place(store.id), now=machine_now())
        deliver_events()

    assert counter.sent(counter.terminal, "configuration")[-1].request["settings"]["language"] == "sv"


@pytest.mark.parametrize(
    "changes",
    [
        {"card_seconds": 5},
        {"card_seconds": "60"},
        {"card_seconds": True},
        {"tip": "always"},
        {"tip_percents": [15, 10]},
        {"tip_percents": [50]},
        {"standby_picture": "http://example.org/a.png"},
        {"standby_picture": "https://user:secret@example.org/a.png"},
        {"standby_text": "two\nlines"},
        {"software_min": "new"},
        {"offline_sale_max_minor": -1},
        {"nonsense": 1},
        {"language": "sv", "card_seconds": 5},
    ],
)
def test_a_value_that_cannot_be_is_refused_and_nothing_is_changed(counter, changes):
    answer = counter.ask("PATCH", f"terminals/{counter.terminal.id}/settings/", changes)

    assert (answer.status_code, answer.json()["code"]) == (400, "setting_invalid")
    with acting_for(counter.merchant.id):
        assert not TerminalSetting.objects.exists()
    assert counter.sent(counter.terminal, "configuration") == []


def test_rest_says_where_each_value_comes_from_and_who_set_it(counter):
    member = counter.member()
    counter.ask("PATCH", f"terminal-settings/stores/{counter.store.id}/", {"tip": "ask"}, member=member)

    answer = counter.ask("GET", f"terminals/{counter.terminal.id}/settings/").json()

    tip = next(row for row in answer["settings"] if row["name"] == "tip")
    assert (tip["value"], tip["from"], tip["default"], tip["is_pending"]) == ("ask", "store", "off", True)
    assert tip["changed_by"]
    with acting_for(counter.merchant.id):
        assert AuditEntry.objects.filter(action="terminal.settings_changed").count() == 1


def test_a_person_of_one_store_changes_neither_the_merchants_nor_another_stores_settings(counter):
    other = a_store(counter.merchant)
    limited = counter.member(stores=[counter.store])

    for path in ("terminal-settings/", f"terminal-settings/stores/{other.id}/"):
        assert counter.ask("PATCH", path, {"tip": "ask"}, member=limited).status_code == 404
    page = signed_in(limited).post("/terminals/settings/", {"tip": "ask", "idempotency_key": "a"})
    assert page.status_code == 404
    with acting_for(counter.merchant.id):
        assert not TerminalSetting.objects.exists()
    own = counter.ask("PATCH", f"terminal-settings/stores/{counter.store.id}/", {"tip": "ask"}, member=limited)
    assert own.status_code == 200


def test_the_page_shows_the_source_and_saves_what_was_entered(counter):
    change(counter, Level(), card_seconds=70)
    client = signed_in(counter.member())
    address = f"/terminals/{counter.terminal.id}/settings/"
    shown = client.get(address).content.decode()
    assert counter.merchant.name in shown
    assert "70 seconds" in shown

    fields = {"card_seconds": "45", "tip_percents": "5, 10 %", "offline_sale_max_minor": "12,50", "tip": ""}
    saved = client.post(address, fields | {"idempotency_key": "k1"})

    assert saved.status_code == 302
    assert in_force(counter, counter.terminal, "card_seconds") == (45, "terminal")
    assert in_force(counter, counter.terminal, "tip_percents") == ([5, 10], "terminal")
    assert in_force(counter, counter.terminal, "offline_sale_max_minor") == (1250, "terminal")
    assert in_force(counter, counter.terminal, "tip") == ("off", "product")
    assert "Pending" in client.get(address).content.decode()

    refused = client.post(address, {"card_seconds": "soon", "idempotency_key": "k2"})
    assert refused.status_code == 400
    assert 'value="soon"' in refused.content.decode()
    assert in_force(counter, counter.terminal, "card_seconds") == (45, "terminal")


def test_a_payment_is_begun_by_the_settings_in_force(counter):
    change(counter, Level(), tip="ask", answer_seconds=45)

    operation = counter.pay()

    assert operation.instrument["ask_tip"] is True
    assert operation.instrument["answer_seconds"] == 45
