"""What import contracts cannot see: keys that point upward, tables without a merchant, states nobody wrote down."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models

from merchant.core.states import StateTable

ORDER = ["merchant", "inventory", "orders", "payments", "terminals", "reports"]
ROOT = Path(__file__).resolve().parent.parent

# Tables that belong to no merchant, or are how a merchant is found.
GLOBAL = {"merchant.Merchant", "merchant.User", "merchant.OutboundPause", "merchant.MasterKey"}
OURS = [model for model in apps.get_models(include_auto_created=False) if model._meta.app_label in ORDER]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_foreign_keys_point_down(model):
    level = ORDER.index(model._meta.app_label)
    for field in model._meta.get_fields():
        if isinstance(field, models.ForeignKey | models.ManyToManyField) and not field.auto_created:
            target = field.related_model._meta.app_label
            assert target not in ORDER or ORDER.index(target) <= level, f"{model._meta.label}.{field.name} points up"


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_table_has_a_merchant(model):
    names = {field.name for field in model._meta.get_fields()}
    assert model._meta.label in GLOBAL or "merchant_id" in names


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_table_and_column_of_state_says_what_it_is(model):
    assert model.__doc__ and not model.__doc__.startswith(f"{model.__name__}("), "a table needs a sentence"


def test_every_slice_says_what_it_owns():
    for app in ORDER:
        for folder in sorted((ROOT / app).iterdir()):
            marker = folder / "__init__.py"
            if folder.name in ("migrations", "management") or not marker.exists():
                continue
            assert len(marker.read_text().strip()) > 40, f"{folder.relative_to(ROOT)} does not say what it owns"


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_every_status_column_is_guarded_by_the_database():
    unguarded = []
    for model in OURS:
        names = {trigger.name for trigger in getattr(model._meta, "triggers", [])}
        for field in model._meta.local_fields:
            is_state = isinstance(field, models.CharField) and field.name in ("status", "fulfilment_status")
            if is_state and not any("states" in name for name in names):
                unguarded.append(f"{model._meta.label}.{field.name}")
    assert unguarded == []


def test_every_state_leads_only_to_states_of_its_table():
    for table in _state_tables():
        for state, after in table.moves.items():
            assert set(after) <= set(table.moves), f"{table.what}: {state} leads out of the table"


def _state_tables() -> list[StateTable]:
    import importlib

    tables = []
    for path in ROOT.glob("*/**/states.py"):
        if path.parts[-3] in ORDER or path.parts[-4] in ORDER:
            module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
            tables += [value for value in vars(module).values() if isinstance(value, StateTable)]
    return tables
