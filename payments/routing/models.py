"""Versions of the merchant's rules, and every decision with what it rested on."""

import pgtrigger
from django.db import models

from merchant.core.tenancy import MerchantModel

APPEND_ONLY = pgtrigger.Update | pgtrigger.Delete


class RoutingPlan(MerchantModel):
    """One version of the rules, in order. The highest version is in force; none is ever changed."""

    version = models.IntegerField()
    rules = models.JSONField(default=list)
    note = models.CharField(max_length=200, default="")
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "routing_plan"
        constraints = [models.UniqueConstraint(fields=["merchant_id", "version"], name="routing_plan_once")]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class RoutingDecision(MerchantModel):
    """
    Why a payment went to its account. `inputs` is all the decision rested on, so that it can be replayed; `after_payment_id` is the attempt it followed, which
    certainly was not processed.
    """

    payment_id = models.UUIDField()
    order_id = models.UUIDField()
    after_payment_id = models.UUIDField(null=True)
    gateway_account_id = models.UUIDField()
    plan_version = models.IntegerField()
    rule = models.CharField(max_length=80, default="")
    reason = models.TextField()
    inputs = models.JSONField()
    outcome = models.JSONField()
    decided_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "routing_decision"
        constraints = [models.UniqueConstraint(fields=["payment_id"], name="routing_decision_once")]
        indexes = [models.Index(fields=["merchant_id", "-id"], name="routing_decision_newest")]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]
