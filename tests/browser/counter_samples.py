"""Sample pages of the day's close: an invented Saturday at a till in Altona whose figures add up."""

from __future__ import annotations

from datetime import UTC, date, datetime

from merchant.core.money import Money
from merchant.core.pages.parts import (
    Action,
    Choice,
    EmptyState,
    Fact,
    Filter,
    FilterBar,
    ListFrame,
    Notice,
    Pager,
    Stat,
)
from terminals.pos.shifts.blockers import Blocker
from terminals.pos.shifts.denominations import denominations_of
from terminals.pos.shifts.pages import (
    ClosingPage,
    ClosingRow,
    CountedLine,
    DayClosePage,
    DepositRow,
    FormPage,
    Line,
    PieceField,
    RegisterRow,
    ShiftPage,
    TillPage,
)
from terminals.pos.shifts.tablets import OtherTablet, PairDialog, TabletRow, TabletsCard, TabletsPage, new_code


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def at(clock: str, day: int = 21) -> datetime:
    hour, minute = clock.split(":")
    return datetime(2026, 11, day, int(hour), int(minute), tzinfo=UTC)


def day_close() -> DayClosePage:
    tills = [
        ("Till 1", "Hamburg Altona", "open", "Lea Winkler", at("08:55"), "Z 118"),
        ("Till 2", "Hamburg Altona", "over_limit", "Jonas Brandt", at("09:10"), "Z 97"),
        ("Till 3", "Hamburg Altona", "training", "", None, ""),
        ("Counter", "Kiel Holtenau", "none", "", None, "Z 41"),
    ]
    closings = [
        ("Till 2-97", "Hamburg Altona", 20, "Jonas Brandt", 412_380, 3_990, 0),
        ("Till 1-118", "Hamburg Altona", 20, "Lea Winkler", 389_105, 12_450, -85),
        ("Counter-41", "Kiel Holtenau", 20, "Mira Sjöberg", 96_420, 0, 200),
    ]
    return DayClosePage(
        registers=tuple(
            RegisterRow(str(number), name, store, state, person, since, f"/day-close/shifts/{number}/" if person else "", z)
            for number, (name, store, state, person, since, z) in enumerate(tills)
        ),
        list=ListFrame(
            bar=FilterBar(
                "/day-close/",
                (
                    Filter("register", "Till", choices=(Choice("Hamburg Altona, Till 1", "1"), Choice("Kiel Holtenau, Counter", "4"))),
                    Filter("date", "Business day", "range", input_type="date"),
                ),
            ),
            pager=Pager(next_url="/day-close/?after=x", shown=3),
            empty=EmptyState("moon", "No Z yet", "The first one is made when a shift is closed."),
            export_url="/exports/new/?subject=closings",
            actions=(
                Action("Send a deposit", "/day-close/deposits/new/", "landmark"),
                Action("Open a shift", "/day-close/open/", "plus", tone="primary"),
            ),
        ),
        rows=tuple(
            ClosingRow(
                str(number), f"/day-close/closings/{number}/", title, store, date(2026, 11, day), at("19:12", day), person,
                eur(sales), eur(returns), eur(difference),
            )
            for number, (title, store, day, person, sales, returns, difference) in enumerate(closings)
        ),
        deposits=(
            DepositRow("1", "BAG-20881", "Hamburg Altona", date(2026, 11, 20), eur(350_000), None, "in_transit"),
            DepositRow("2", "BAG-20857", "Hamburg Altona", date(2026, 11, 13), eur(410_000), eur(409_500), "short"),
            DepositRow("3", "BAG-20844", "Kiel Holtenau", date(2026, 11, 6), eur(120_000), eur(120_000), "in_bank"),
        ),
    )  # fmt: skip


def shift() -> ShiftPage:
    return ShiftPage(
        id="1",
        register_id="1",
        title="Till 1, Lea Winkler",
        state="open",
        facts=(
            Fact("Store", "Hamburg Altona"),
            Fact("Opened", at("08:55")),
            Fact("Float", eur(20_000)),
            Fact("Receipts after", "20417"),
        ),
        stats=(
            Stat("Sales", eur(189_340)),
            Stat("Returns", eur(-3_990)),
            Stat("Receipts", "61"),
            Stat("Cash", eur(48_260)),
            Stat("Card", eur(137_090)),
            Stat("In the drawer before", eur(0)),
            Stat("Float", eur(20_000)),
            Stat("Paid out", eur(-500)),
            Stat("To the safe", eur(-30_000)),
            Stat("Expected in the drawer", eur(37_760)),
        ),
        movements=(
            Line("Float", "Lea Winkler", eur(20_000)),
            Line("Paid out", "Lea Winkler, window cleaner", eur(-500)),
            Line("Opened without a sale", "Lea Winkler, change for a customer", eur(0)),
            Line("To the safe", "Lea Winkler, drawer too full", eur(-30_000)),
        ),
        counts=(Line("Lea Winkler", "difference −5.00 EUR", eur(37_260)),),
        blockers=(
            Blocker("open_payment", "1", "7KQ2M9XW4T8RB3NH", "unknown", "/payments/1/", ""),
            Blocker("open_order", "2", "ALT-20479", "draft", "/orders/2/", ""),
        ),
        pieces=tuple(PieceField(f"piece_{value}", eur(value)) for value in denominations_of("EUR")),
        digits=2,
        idempotency_key="sample",
        count_id="1",
        difference=eur(-500),
        is_open=True,
        may_manage=True,
        may_accept=False,
        notices=(
            Notice("warn", "The drawer holds more than its limit.", "Bring cash to the safe.", "banknote"),
            Notice(
                "info", "Somebody else has to accept this; nothing was closed.",
                "Asked: Mira Sjöberg, Anders Lund. Press again once somebody has accepted it.", "hourglass",
            ),
        ),
        entered={"left": "200.00", "reason": "one note too few handed out", "leaves_orders": "on"},
        slips=(("slips_card_present", "Card", "1370.90"),),
        people=(("1", "Jonas Brandt"), ("2", "Mira Sjöberg")),
        kinds=(("safe_drop", "To the safe"), ("paid_in", "Paid in"), ("paid_out", "Paid out"), ("no_sale", "Opened without a sale")),
    )  # fmt: skip


def closing() -> ClosingPage:
    return ClosingPage(
        title="Z Till 1-118",
        facts=(
            Fact("Store", "Hamburg Altona"),
            Fact("Business day", date(2026, 11, 20)),
            Fact("From", at("19:08", 19)),
            Fact("Closed", at("19:12", 20)),
            Fact("Closed by", "Lea Winkler"),
            Fact("Receipts", "20311 – 20417", note="107 receipts"),
            Fact("Numbers given", "701 – 812", note="112 numbers = 108 receipts + 4 papers of returns or refunds"),
            Fact("Sales since the first Z", eur(41_207_715)),
            Fact("Returns since the first Z", eur(1_104_250)),
            Fact("Reason of the difference", "a coin rolled away"),
            Fact("Accepted by", "Mira Sjöberg"),
            Fact("Digest", "5f1c0b8a9d4e27f36a10c2be7748d9915f1c0b8a9d4e27f36a10c2be7748d991", is_identifier=True),
        ),
        stats=(
            Stat("Sales", eur(389_105)), Stat("Discounts", eur(-9_870)), Stat("Returns", eur(-12_450)), Stat("Net", eur(376_655)),
        ),
        tenders=(
            CountedLine("Cash", eur(108_420), eur(108_335), eur(-85)),
            CountedLine("Card", eur(281_735), eur(281_735), eur(0)),
            CountedLine("Gift card", eur(6_500), None, None),
        ),
        taxes=(Line("19 %", "VAT 541.32 EUR", eur(339_037)), Line("7 %", "VAT 24.61 EUR", eur(37_618))),
        drawer=(
            Line("In the drawer before", "", eur(0)),
            Line("Cash, net", "", eur(88_420)),
            Line("Float", "1 ×", eur(20_000)),
            Line("Expected", "", eur(108_420)),
            Line("Over/short", "a coin rolled away", eur(-85)),
            Line("To the safe", "", eur(-88_335)),
            Line("Stays in the drawer", "", eur(20_000)),
        ),
        late=(Line("Thu 19 Nov", "2 receipts", eur(4_180)),),
        shifts=(Line("Jonas Brandt", "over/short", eur(0)), Line("Lea Winkler", "over/short", eur(-85))),
        left_open=(Blocker("open_order", "2", "ALT-20398", "open", "/orders/2/", ""),),
        actions=(
            Action("Page", "/day-close/closings/1/z.html", "file-text"),
            Action("PDF", "/day-close/closings/1/z.pdf", "file-text"),
            Action("Printer file", "/day-close/closings/1/z.escpos", "file-text"),
        ),
    )  # fmt: skip


def shift_open() -> FormPage:
    choices = (("1", "Hamburg Altona, Till 1"), ("2", "Kiel Holtenau, Counter"))
    errors = ("A shift is open at Till 1 already. Hand it over, or close it first.",)
    return FormPage("Open a shift", "/day-close/open/", "sample", choices, {"place": "1", "amount": "200.00"}, errors)


def deposit() -> FormPage:
    choices = (("1", "Hamburg Altona (EUR)"), ("2", "Kiel Holtenau (EUR)"))
    return FormPage("Send a deposit", "/day-close/deposits/new/", "sample", choices, {})


def till() -> TillPage:
    return TillPage(
        id="3",
        title="Hamburg Altona, Till 3",
        state="training",
        facts=(
            Fact("Code", "ALT-3"),
            Fact("Last Z", "Till 3-12", "/day-close/closings/1/"),
            Fact("Last receipt", "812"),
        ),
        currency="EUR",
        limit="500.00",
        difference_limit="5.00",
        is_blind=True,
        is_training=True,
        may_change=True,
        keys=("sample", "sample-training"),
        tablets=TabletsCard(
            rows=_tablets(),
            pair_url="/day-close/tills/3/pairing-codes/",
            may_pair=True,
            code=new_code("K7M2XQ4P", made_by="Jonas Brandt", now=at("14:05"), others=_others()),
        ),
    )


def _others() -> tuple[OtherTablet, ...]:
    return (OtherTablet("Counter tablet", at("09:12"), at("14:03")), OtherTablet("Window tablet", at("09:20"), None))


def pair() -> PairDialog:
    return PairDialog("/day-close/tills/3/pairing-codes/", "Hamburg Altona, Till 3", _others())


def _tablets(till: str = "") -> tuple[TabletRow, ...]:
    revoke = Action("Revoke", "#", "ban", method="dialog")
    return (
        TabletRow("Counter tablet", at("09:12"), at("14:03"), None, revoke, till, "#"),
        TabletRow("Old tablet, broken glass", at("08:01"), at("09:02"), at("09:10"), None, till, "#"),
    )


def tablet_list() -> TabletsPage:
    tills = (("Hamburg Altona, Till 1", "#"), ("Hamburg Altona, Till 2", "#"), ("Hamburg Altona, Till 3", "#"))
    return TabletsPage(_tablets("Hamburg Altona, Till 3"), tills, may_pair=True)


PAGES = {
    "tablets": ("terminals/shifts/tablets.html", "settings", tablet_list),
    "till": ("terminals/shifts/till.html", "day_close", till),
    "tablet-pair": ("terminals/shifts/pair.html", "day_close", pair),
    "day-close": ("terminals/shifts/day_close.html", "day_close", day_close),
    "shift": ("terminals/shifts/shift.html", "day_close", shift),
    "closing": ("terminals/shifts/closing.html", "day_close", closing),
    "shift-open": ("terminals/shifts/open.html", "day_close", shift_open),
    "deposit": ("terminals/shifts/deposit.html", "day_close", deposit),
}
