"""Several people refund from forms that were drawn before: of those sent at the same moment one wins, the others say why."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from merchant.core.tenancy import acting_for
from payments.records.models import Operation
from tests.clients import signed_in
from tests.factories import a_shop, a_staff_member

pytestmark = pytest.mark.django_db(transaction=True)
HANDS = 6


@pytest.mark.parametrize("page", ["/payments/{0.payment_id}/refund/", "/orders/{0.order.id}/refund/"])
def test_of_forms_drawn_before_and_sent_at_once_one_refunds_and_the_rest_are_told(at_once, page):
    shop = a_shop()
    address = page.format(shop.sell(2))
    clients = [signed_in(a_staff_member(shop.merchant)) for _ in range(HANDS)]
    forms = [
        dict(re.findall(r'name="([\w-]+)"[^>]*?value="([^"]*)"', client.get(address).content.decode()))
        | {"amount": "5.00", "reason": "goodwill", "note": ""}
        for client in clients
    ]
    for form in forms:
        form.update({name: "5.00" for name in form if name.startswith("part_")})

    answers = at_once(
        HANDS, lambda number: clients[number].post(address, forms[number], headers={"HX-Request": "true"})
    )

    assert Counter(answer.status_code for answer in answers) == {204: 1, 409: HANDS - 1}
    with acting_for(shop.id):
        assert list(Operation.objects.filter(kind="refund").values_list("amount_minor", flat=True)) == [500]
