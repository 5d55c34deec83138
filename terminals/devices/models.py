"""Terminals, their settings, and the recorded looks at their health."""

from django.db import models
from django.db.models import Q

from merchant.core.tenancy import MerchantModel
from merchant.merchants.models import Register, Store
from payments.gateways.models import GatewayAccount
from terminals.devices.states import TERMINAL_STATES


class Terminal(MerchantModel):
    """
    One card terminal: where it stands, how it is reached, and what it is doing. `state`, `step` and the device facts change only when they differ from
    what is stored; presence in between lives in memory.
    """

    store = models.ForeignKey(Store, models.PROTECT, related_name="terminals")
    register = models.ForeignKey(Register, models.PROTECT, null=True, related_name="+")
    gateway_account = models.ForeignKey(GatewayAccount, models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    serial_number = models.CharField(max_length=60)
    driver = models.CharField(max_length=20, default="agent")
    token_hash = models.CharField(max_length=64, null=True, unique=True)
    paired_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, choices=[(state, state) for state in TERMINAL_STATES], default="offline")
    step = models.CharField(max_length=20, default="")
    step_at = models.DateTimeField(null=True)
    operation_id = models.UUIDField(null=True)
    note = models.CharField(max_length=200, default="")
    # What it says is wrong with it: a word of `drivers.agent.protocol.FAULTS`, "" for nothing.
    fault = models.CharField(max_length=20, default="")
    # How far its clock is before ours, as far as that matters. Null: it tells no time.
    clock_offset_seconds = models.IntegerField(null=True)
    model = models.CharField(max_length=60, default="")
    software_version = models.CharField(max_length=30, default="")
    battery_percent = models.SmallIntegerField(null=True)
    network = models.CharField(max_length=40, default="")
    last_seen_at = models.DateTimeField(null=True)
    # Who holds the socket: the worker's listening channel and a number that grows with each connection, so an old holder's writes are refused.
    connection_channel = models.CharField(max_length=63, default="")
    connection_epoch = models.BigIntegerField(default=0)
    connected_at = models.DateTimeField(null=True)
    # The settings the device has said it works by, and when it said so; what differs from those in force is pending.
    configuration = models.JSONField(null=True)
    configured_at = models.DateTimeField(null=True)

    class Meta(MerchantModel.Meta):
        db_table = "terminal_terminal"
        constraints = [models.UniqueConstraint(fields=["merchant_id", "serial_number"], name="terminal_serial_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_connected(self) -> bool:
        """Whether a process of ours holds its socket."""
        return bool(self.connection_channel)


class SamplePayment(MerchantModel):
    """A recorded health check: an authorisation of the smallest amount that is voided at once, with the time each step took."""

    terminal = models.ForeignKey(Terminal, models.PROTECT, related_name="sample_payments")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    is_passed = models.BooleanField(null=True)
    steps = models.JSONField(default=list)
    problem = models.CharField(max_length=200, default="")
    # Begun by the timetable, not by a person.
    is_daily = models.BooleanField(default=False)

    class Meta(MerchantModel.Meta):
        db_table = "terminal_sample_payment"
        constraints = [
            models.UniqueConstraint(
                fields=["terminal"], condition=Q(finished_at__isnull=True), name="one_sample_payment_per_terminal"
            )
        ]


class TerminalCheck(MerchantModel):
    """A recorded look at connection, version, clock and settings. `findings` are `{what, is_good, text}`; `round_trip_ms` is None if nothing came back."""

    terminal = models.ForeignKey(Terminal, models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    is_passed = models.BooleanField(null=True)
    round_trip_ms = models.IntegerField(null=True)
    findings = models.JSONField(default=list)

    class Meta(MerchantModel.Meta):
        db_table = "terminal_check"
        indexes = [models.Index(fields=["terminal", "-id"], name="terminal_check_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["terminal"], condition=Q(finished_at__isnull=True), name="one_check_per_terminal"
            )
        ]


class TerminalSetting(MerchantModel):
    """
    One value that somebody set: for the merchant (no store, no terminal), a store, or a terminal. The nearest one is in force; without any it is the
    product's own. `configuration.SETTINGS` names what can be set.
    """

    store = models.ForeignKey(Store, models.PROTECT, null=True, related_name="+")
    terminal = models.ForeignKey(Terminal, models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=30)
    value = models.JSONField()
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=120)

    class Meta(MerchantModel.Meta):
        db_table = "terminal_setting"
        constraints = [
            models.CheckConstraint(
                condition=Q(store__isnull=True) | Q(terminal__isnull=True), name="terminal_setting_of_one_level"
            ),
            models.UniqueConstraint(
                fields=["merchant_id", "name"],
                condition=Q(store__isnull=True, terminal__isnull=True),
                name="terminal_setting_once_for_merchant",
            ),
            models.UniqueConstraint(
                fields=["store", "name"], condition=Q(store__isnull=False), name="terminal_setting_once_for_store"
            ),
            models.UniqueConstraint(
                fields=["terminal", "name"],
                condition=Q(terminal__isnull=False),
                name="terminal_setting_once_for_terminal",
            ),
        ]
