"""What customers said. Nobody edits it; only the words are forgotten, with the person who wrote them."""

import pgtrigger
from django.db import models

from merchant.core.tenancy import MerchantModel
from orders.order.models import Order

RATING_MIN, RATING_MAX = 1, 5


class Feedback(MerchantModel):
    """One customer's word about one order: 1 (bad) to 5 (good), and a text in the language of the page it was written on."""

    order = models.OneToOneField(Order, models.PROTECT, related_name="feedback")
    rating = models.SmallIntegerField()
    text = models.CharField(max_length=1000, default="")
    language = models.CharField(max_length=10)
    business_date = models.DateField()
    given_at = models.DateTimeField()

    class Meta(MerchantModel.Meta):
        db_table = "feedback_feedback"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rating__range=(RATING_MIN, RATING_MAX)), name="feedback_rating_sane"
            )
        ]
        indexes = [models.Index(fields=["merchant_id", "-id"], name="feedback_newest")]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="words_alone", exclude=["text"]),
        ]
