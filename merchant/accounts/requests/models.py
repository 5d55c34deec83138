"""The request log."""

from django.db import models

from merchant.core.tenancy import MerchantModel


class RequestLine(MerchantModel):
    """
    One REST request of a known caller. `code` is that of a refusal, `correlation_id` also stands in the reply's `X-Request-Id`.

    Written some at a time behind the answers; a process that is killed loses its last second.
    """

    at = models.DateTimeField()
    method = models.CharField(max_length=7)
    path = models.CharField(max_length=200)
    http_status = models.SmallIntegerField()
    code = models.CharField(max_length=60, default="")
    duration_ms = models.IntegerField()
    caller_kind = models.CharField(max_length=12)
    caller_id = models.UUIDField()
    caller_name = models.CharField(max_length=120)
    correlation_id = models.CharField(max_length=40)

    class Meta(MerchantModel.Meta):
        db_table = "merchant_request_line"
        indexes = [models.Index(fields=["merchant_id", "-id"], name="request_newest")]
