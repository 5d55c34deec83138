"""What feedback knows of a person: words, forgotten when the person is erased. The rating stays."""

from __future__ import annotations

from django.db.models import Q
from django.db.models.functions import Upper

from merchant.customers.services import Erasure
from orders.feedback.models import Feedback


def forget_words(erasure: Erasure) -> int:
    """Empty what a person wrote about their orders and return about how many. To be asked before their orders forget whose they are."""
    emails = [email.upper() for email in erasure.emails]
    theirs = Q(order__customer_id__in=erasure.customer_ids) | Q(order__customer_id=None, reader__in=emails)
    found = Feedback.objects.annotate(reader=Upper("order__email")).filter(theirs).exclude(text="")
    return int(Feedback.objects.filter(id__in=list(found.values_list("id", flat=True))).update(text=""))
