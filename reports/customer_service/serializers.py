"""What is asked of and said about customers over REST."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from merchant.core.masking import mask_email, mask_name, mask_phone
from merchant.customers import queries as customers
from merchant.customers.models import PURPOSES, Customer
from reports.customer_service.queries import CustomerStory, Standing
from reports.search.schemas import MoneySchema, OrderRowSchema, PaymentRowSchema
from reports.search.serializers import Document, moment, money, order_row, payment_row


class ChangeCustomerInput(serializers.Serializer[Any]):
    """What shall change; what is left out stays."""

    name = serializers.CharField(max_length=160, required=False, allow_blank=True)
    email = serializers.EmailField(required=False, allow_blank=True)
    phone = serializers.CharField(max_length=40, required=False, allow_blank=True)


class RevealInput(serializers.Serializer[Any]):
    """Why somebody needs to see a person in full."""

    reason = serializers.CharField(min_length=5, max_length=200)


class PurposeInput(serializers.Serializer[Any]):
    """What a customer said to one purpose, to which words and where."""

    purpose = serializers.ChoiceField(PURPOSES)
    is_given = serializers.BooleanField()
    words = serializers.CharField(max_length=400, required=False, allow_blank=True, default="")
    source = serializers.CharField(max_length=40)  # type: ignore[assignment]


class MergeInput(serializers.Serializer[Any]):
    """The other record of the same person."""

    other_id = serializers.UUIDField()


class ConsentOutput(serializers.Serializer[Any]):
    """What holds for one purpose."""

    purpose = serializers.CharField()
    is_given = serializers.BooleanField()
    words = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    said_at = serializers.DateTimeField()


class CustomerOutput(serializers.Serializer[Any]):
    """A customer. Name, address and number are masked for who may not see them; `spent` has one amount a currency."""

    id = serializers.UUIDField()
    name = serializers.CharField(allow_blank=True)
    email = serializers.CharField(allow_blank=True)
    phone = serializers.CharField(allow_blank=True)
    locale = serializers.CharField()
    is_masked = serializers.BooleanField()
    orders = serializers.IntegerField()
    spent = MoneySchema(many=True)
    created_at = serializers.DateTimeField()
    erased_at = serializers.DateTimeField(allow_null=True)
    merged_into = serializers.UUIDField(allow_null=True)


class CustomerDetailOutput(CustomerOutput):
    """A customer with the latest orders and payments over all channels, and what they agreed to."""

    recent_orders = OrderRowSchema(many=True)
    recent_payments = PaymentRowSchema(many=True)
    consents = ConsentOutput(many=True)


class CustomerPageOutput(serializers.Serializer[Any]):
    """One page of customers."""

    results = CustomerOutput(many=True)
    older = serializers.UUIDField(allow_null=True)
    newer = serializers.UUIDField(allow_null=True)


class ErasureOutput(serializers.Serializer[Any]):
    """How many rows of what were cleaned."""

    customer_id = serializers.UUIDField()
    cleaned = serializers.DictField(child=serializers.IntegerField())


def customer_output(customer: Customer, standing: Standing, *, is_masked: bool) -> Document:
    """Return a customer as lists show it."""
    return {
        "id": str(customer.id),
        "name": mask_name(customer.name) if is_masked else customer.name,
        "email": mask_email(customer.email) if is_masked else customer.email,
        "phone": mask_phone(customer.phone) if is_masked else customer.phone,
        "locale": customer.locale,
        "is_masked": is_masked,
        "orders": standing.orders,
        "spent": [money(part.kept_minor, part.currency) for part in standing.bought],
        "created_at": moment(customer.created_at),
        "erased_at": moment(customer.erased_at),
        "merged_into": str(customer.merged_into_id) if customer.merged_into_id else None,
    }


def customer_detail(story: CustomerStory, *, is_masked: bool) -> Document:
    """Return a customer with what was bought and agreed to."""
    standing = customers.standing_consents(list(story.consents)).values()
    return {
        **customer_output(story.customer, story.standing, is_masked=is_masked),
        "recent_orders": [order_row(order) for order in story.orders],
        "recent_payments": [payment_row(payment) for payment in story.payments],
        "consents": [consent_output(row) for row in standing],
    }


def consent_output(row: Any) -> Document:
    """Return what a customer said to one purpose."""
    return {
        "purpose": row.purpose,
        "is_given": row.is_given,
        "words": row.words,
        "source": row.source,
        "said_at": moment(row.said_at),
    }
