"""Every way to talk to terminals, on one screen."""

from payments.gateways.base import CardPresentDriver
from payments.gateways.registry import register_driver
from terminals.drivers.agent.driver import AgentDriver

DRIVERS: dict[str, CardPresentDriver] = {driver.code: driver for driver in (AgentDriver(),)}


def register_all() -> None:
    """Make every driver known to payments. Called once per process."""
    for driver in DRIVERS.values():
        register_driver(driver)
