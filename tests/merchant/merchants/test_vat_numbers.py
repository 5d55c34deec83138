"""How VAT numbers are written."""

import pytest

from merchant.merchants.vat_numbers import (
    VatNumberMalformed,
    checked,
    checked_of_seller,
    is_of_another_member_state,
    is_vat_number,
)


@pytest.mark.parametrize(
    ("number", "country", "plain"),
    [
        ("DE 123.456.789", "DE", "DE123456789"), ("123456789", "DE", "DE123456789"), ("se556016068001", "SE", "SE556016068001"),
        ("ATU12345678", "AT", "ATU12345678"), ("U12345678", "AT", "ATU12345678"), ("EL123456789", "GR", "EL123456789"),
        ("123456789", "GR", "EL123456789"), ("NL123456789B01", "NL", "NL123456789B01"), ("FR 1A 123456789", "FR", "FR1A123456789"),
        ("IE1234567FA", "IE", "IE1234567FA"), ("BE 0123.456.789", "BE", "BE0123456789"), ("CHE-123.456.789 MWST", "CH", "CHE123456789MWST"),
        ("923456783MVA", "NO", "NO923456783MVA"), ("GB123456789", "GB", "GB123456789"), ("PL1234567890", "DE", "PL1234567890"),
    ],
)  # fmt: skip
def test_numbers_are_kept_plain_with_the_letters_of_their_country(number, country, plain):
    assert checked(number, country=country) == plain


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("DE12345678", "DE"),
        ("SE556016068002", "SE"),
        ("ATU1234567", "AT"),
        ("US123456789", "US"),
        ("", "DE"),
        ("DE12345678X", "DE"),
    ],
)
def test_what_is_no_number_of_a_country_is_refused(number, country):
    with pytest.raises(VatNumberMalformed):
        checked(number, country=country)


def test_only_two_different_countries_of_the_union_reverse_the_charge():
    assert is_of_another_member_state("SE556016068001", seller_country="DE")
    assert is_of_another_member_state("EL123456789", seller_country="DE")
    assert not is_of_another_member_state("EL123456789", seller_country="GR")
    assert not is_of_another_member_state("NO923456783MVA", seller_country="DE")
    assert not is_of_another_member_state("DE123456789", seller_country="CH")


@pytest.mark.parametrize(
    ("number", "kept"),
    [("21/815/08150", "21/815/08150"), ("93815/08152", "93815/08152"), ("013 815  08153", "013 815 08153"), ("2893081508152", "2893081508152")],
)  # fmt: skip
def test_a_german_seller_may_be_named_by_the_tax_office(number, kept):
    assert checked_of_seller(number, country="DE") == kept
    assert not is_vat_number(kept)


@pytest.mark.parametrize(
    ("number", "country"), [("21/815/08", "DE"), ("21/815/08150 a", "DE"), ("21/815/08150", "SE"), ("/ / /", "DE")]
)
def test_other_digits_are_no_number_of_a_seller(number, country):
    with pytest.raises(VatNumberMalformed):
        checked_of_seller(number, country=country)


def test_a_sellers_vat_number_is_read_as_anybodys():
    assert checked_of_seller("de 123.456.789", country="DE") == "DE123456789"
    assert is_vat_number("DE123456789")
