"""Is the terminal there, is it right, does it take cards? Checks, the morning's sample payments, and the steps that mend a fault."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from merchant.core.clock import machine_now, move_business_clock
from merchant.core.jobs import schedule
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.core.tenancy import acting_for
from terminals.card_present import checks, daily, tasks, troubles
from terminals.card_present.settings import Level, change_settings
from terminals.devices import configuration
from terminals.devices.models import SamplePayment, Terminal, TerminalCheck
from terminals.drivers import services as driver_services
from tests.clients import signed_in

GOOD = {
    "result": "success",
    "software_version": "1.4.0",
    "battery_percent": 80,
    "network": "Wi-Fi 82%",
    "printer": "ok",
    "host": True,
}
MORNING = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)


def checked(counter, **answer):
    """Begin a check over REST, let the device answer, and return what was recorded."""
    begun = counter.ask("POST", f"terminals/{counter.terminal.id}/checks/")
    assert begun.status_code == 202, begun.content
    with acting_for(counter.merchant.id):
        driver_services.take_unsent(terminal_id=counter.terminal.id, epoch=1, now=machine_now())
        message = counter.sent(counter.terminal, "diagnosis")[-1]
        body = {**GOOD, "time": machine_now().isoformat(), **answer}
        driver_services.keep_answer(message=message, body=body, now=machine_now())
    checks.finish_checks()
    with acting_for(counter.merchant.id):
        return TerminalCheck.objects.get(id=begun.json()["id"])


def bad_ones(check):
    return [finding["what"] for finding in check.findings if not finding["is_good"]]


def in_step(counter):
    """Let the device have acknowledged its settings."""
    with acting_for(counter.merchant.id):
        document = configuration.for_device(configuration.of_terminal(counter.terminal))
        Terminal.objects.filter(id=counter.terminal.id).update(configuration=document)


def codes(counter, **facts):
    with acting_for(counter.merchant.id):
        Terminal.objects.filter(id=counter.terminal.id).update(**facts)
        terminal = Terminal.objects.select_related("store").get(id=counter.terminal.id)
        sample = SamplePayment.objects.filter(terminal=terminal).order_by("-id").first()
        found = troubles.list_troubles(terminal, configuration.of_terminal(terminal), sample)
    assert all(trouble.steps for trouble in found)
    return [trouble.code for trouble in found]


def test_a_check_of_a_good_terminal_passes_with_its_round_trip(counter):
    in_step(counter)

    check = checked(counter)

    assert (check.is_passed, bad_ones(check)) == (True, [])
    assert check.round_trip_ms is not None


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        ({"software_version": "1.3.9"}, "software"),
        ({"printer": "paper_out"}, "printer"),
        ({"host": False}, "host"),
        ({"battery_percent": 3}, "battery"),
        ({"time": "2020-01-01T00:00:00+00:00"}, "clock"),
        ({"result": "failure"}, "connection"),
    ],
)
def test_a_check_finds_what_is_wrong_and_only_that(counter, answer, what):
    with acting_for(counter.merchant.id):
        change_settings(level=Level(), changes={"software_min": "1.4"}, now=machine_now())
    in_step(counter)

    check = checked(counter, **answer)

    assert (check.is_passed, bad_ones(check)) == (False, [what])


def test_a_check_finds_settings_that_the_device_does_not_hold(counter):
    assert bad_ones(checked(counter)) == ["settings"]


def test_a_check_without_an_answer_fails_after_its_time_and_one_runs_at_a_time(counter):
    counter.ask("POST", f"terminals/{counter.terminal.id}/checks/")
    again = counter.ask("POST", f"terminals/{counter.terminal.id}/checks/")
    assert (again.status_code, again.json()["code"]) == (409, "check_under_way")
    assert checks.finish_checks() == 0

    with acting_for(counter.merchant.id):
        TerminalCheck.objects.update(started_at=machine_now() - timedelta(seconds=16))
    assert checks.finish_checks() == 1

    with acting_for(counter.merchant.id):
        assert bad_ones(TerminalCheck.objects.get()) == ["connection"]


def test_a_terminal_without_a_line_is_not_checked(counter):
    with acting_for(counter.merchant.id):
        Terminal.objects.update(connection_channel="")

    refused = counter.ask("POST", f"terminals/{counter.terminal.id}/checks/")

    assert refused.json()["code"] == "terminal_offline"
    with acting_for(counter.merchant.id):
        assert not TerminalCheck.objects.exists()


def test_each_fault_has_its_steps_and_a_good_terminal_has_none(counter):
    in_step(counter)
    assert codes(counter) == []
    assert codes(counter, fault="paper_out") == ["paper_out"]
    assert codes(counter, fault="", state="needs_care") == ["other"]
    assert codes(counter, state="updating") == ["updating"]
    assert codes(counter, state="ready", clock_offset_seconds=-7200) == ["clock_wrong"]
    assert codes(counter, clock_offset_seconds=0, battery_percent=4) == ["battery_low"]
    assert codes(counter, battery_percent=50, connection_channel="", state="unknown") == ["unknown", "offline"]
    assert codes(counter, token_hash=None) == ["not_paired"]


def test_every_fault_a_terminal_can_name_has_words_and_steps():
    from terminals.drivers.agent.protocol import FAULTS
    from terminals.live import words

    assert set(FAULTS) == set(words.FAULTS)
    assert set(FAULTS) <= set(troubles._STEPS)


def test_the_page_and_rest_show_the_same_steps(counter):
    codes(counter, fault="paper_out")

    page = signed_in(counter.member("cashier")).get(f"/terminals/{counter.terminal.id}/").content.decode()
    told = counter.ask("GET", f"terminals/{counter.terminal.id}/health/").json()

    assert told["is_good"] is False
    [paper] = [trouble for trouble in told["troubles"] if trouble["code"] == "paper_out"]
    assert all(step.replace("'", "&#x27;") in page for step in paper["steps"])


def run_morning(counter, *, at=MORNING):
    with acting_for(counter.merchant.id):
        Terminal.objects.update(paired_at=MORNING - timedelta(days=1))
    move_business_clock(counter.merchant.id, to=at)
    schedule.tick()
    with acting_for(counter.merchant.id):
        found = list(Job.objects.filter(kind=tasks.SAMPLES_JOB).order_by("payload__date"))
    for job in found:
        jobs.run(job.id)
    with acting_for(counter.merchant.id):
        return [Job.objects.get(id=job.id).result for job in found]


def test_each_morning_every_terminal_makes_one_recorded_sample_payment(counter):
    away = counter.add_terminal(is_connected=False)

    results = run_morning(counter)

    assert results[-1] == {"begun": 1, "failed": 1}
    assert all("missed" in result for result in results[:-1])
    with acting_for(counter.merchant.id):
        begun = SamplePayment.objects.get(terminal=counter.terminal)
        failed = SamplePayment.objects.get(terminal=away)
    assert (begun.is_daily, begun.is_passed) == (True, None)
    assert (failed.is_daily, failed.is_passed) == (True, False)
    assert "not connected" in failed.problem
    [message] = counter.sent(counter.terminal, "diagnosis")
    assert message.request["kind"] == "sample"

    run_morning(counter)
    with acting_for(counter.merchant.id):
        assert SamplePayment.objects.count() == 2


def test_a_terminal_that_serves_somebody_or_was_told_not_to_makes_no_sample(counter):
    other = counter.add_terminal()
    counter.pay()
    with acting_for(counter.merchant.id):
        change_settings(level=Level(terminal_id=other.id), changes={"daily_sample": "off"}, now=machine_now())

    assert run_morning(counter)[-1] == {"busy": 1}

    with acting_for(counter.merchant.id):
        assert not SamplePayment.objects.exists()


def test_a_terminal_paired_after_the_morning_waits_for_the_next(counter):
    with acting_for(counter.merchant.id):
        Terminal.objects.update(paired_at=MORNING)
        assert daily.list_wanted(store_id=counter.store.id, paired_before=MORNING) == []
