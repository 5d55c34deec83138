"""Terminals and their sample payments."""

from django.db import models

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
    model = models.CharField(max_length=60, default="")
    software_version = models.CharField(max_length=30, default="")
    battery_percent = models.SmallIntegerField(null=True)
    network = models.CharField(max_length=40, default="")
    last_seen_at = models.DateTimeField(null=True)
    # Who holds the socket: the worker's listening channel and a number that grows with each connection, so an old holder's writes are refused.
    connection_channel = models.CharField(max_length=63, default="")
    connection_epoch = models.BigIntegerField(default=0)
    connected_at = models.DateTimeField(null=True)

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

    class Meta(MerchantModel.Meta):
        db_table = "terminal_sample_payment"
