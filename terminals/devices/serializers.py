"""What comes in and goes out over REST about terminals."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from terminals.devices.models import SamplePayment, Terminal, TerminalCheck


class RegisterTerminalInput(serializers.Serializer[Any]):
    """A new terminal."""

    name = serializers.CharField(max_length=60)
    serial_number = serializers.RegexField(r"^[0-9A-Za-z][0-9A-Za-z._-]{0,59}$")
    store_id = serializers.UUIDField()
    register_id = serializers.UUIDField(allow_null=True, default=None)
    gateway_account_id = serializers.UUIDField()


class ChangeTerminalInput(serializers.Serializer[Any]):
    """What is to change; what is missing stays. A store without a register takes the terminal off its register."""

    name = serializers.CharField(max_length=60, required=False)
    store_id = serializers.UUIDField(required=False)
    register_id = serializers.UUIDField(allow_null=True, required=False)


class PairTerminalInput(serializers.Serializer[Any]):
    """What a device says to become the terminal its code was made for."""

    code = serializers.CharField(max_length=20)
    serial_number = serializers.CharField(max_length=60)
    model = serializers.CharField(max_length=60, default="", allow_blank=True)
    software_version = serializers.CharField(max_length=30, default="", allow_blank=True)


class TerminalOutput(serializers.ModelSerializer[Terminal]):
    """A terminal, without its token."""

    store_id = serializers.UUIDField()
    register_id = serializers.UUIDField(allow_null=True)
    gateway_account_id = serializers.UUIDField()
    is_connected = serializers.BooleanField()
    is_paired = serializers.SerializerMethodField()

    class Meta:
        model = Terminal
        fields = [
            "id",
            "name",
            "serial_number",
            "store_id",
            "register_id",
            "gateway_account_id",
            "driver",
            "is_paired",
            "paired_at",
            "is_connected",
            "connected_at",
            "last_seen_at",
            "state",
            "step",
            "step_at",
            "operation_id",
            "note",
            "model",
            "software_version",
            "battery_percent",
            "network",
            "fault",
            "clock_offset_seconds",
            "configured_at",
        ]

    def get_is_paired(self, terminal: Terminal) -> bool:
        """Say whether a device has a valid token."""
        return terminal.token_hash is not None


class SampleOutput(serializers.ModelSerializer[SamplePayment]):
    """A sample payment. `is_passed` is null while it runs; `steps` say how long after the beginning each was reached."""

    class Meta:
        model = SamplePayment
        fields = ["id", "started_at", "finished_at", "is_passed", "steps", "problem", "is_daily"]


class CheckOutput(serializers.ModelSerializer[TerminalCheck]):
    """A check. `is_passed` is null while it runs; `findings` say what was looked at, whether it is good, and what was found."""

    class Meta:
        model = TerminalCheck
        fields = ["id", "started_at", "finished_at", "is_passed", "round_trip_ms", "findings"]
