"""What PostgreSQL itself refuses: rows of no merchant, unbalanced journals, changed history."""

from django.db import migrations

from merchant.core.guards import append_only, merchant_keys

LEDGER_KEYS = """
ALTER TABLE ledger_posting
    ADD CONSTRAINT posting_journal_fk FOREIGN KEY (merchant_id, journal_id) REFERENCES ledger_journal (merchant_id, id),
    ADD CONSTRAINT posting_account_fk FOREIGN KEY (merchant_id, account_id, currency)
        REFERENCES ledger_account (merchant_id, id, currency);
"""

# One deferred trigger a journal, not a posting: per posting it is quadratic. The count is fixed at birth rather than bound to a transaction id,
# because a restored dump lets an old id through.
JOURNAL_BALANCES = """
CREATE FUNCTION ledger_journal_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE counted integer; off text;
BEGIN
    SELECT count(*) INTO counted FROM ledger_posting WHERE journal_id = NEW.id;
    IF counted <> NEW.posting_count THEN
        RAISE EXCEPTION 'journal % has % postings, not %', NEW.id, counted, NEW.posting_count USING ERRCODE = '23514', CONSTRAINT = 'journal_posting_count';
    END IF;
    SELECT string_agg(currency || ' ' || total, ', ') INTO off
        FROM (SELECT currency, sum(amount_minor) AS total FROM ledger_posting WHERE journal_id = NEW.id GROUP BY currency HAVING sum(amount_minor) <> 0) t;
    IF off IS NOT NULL THEN
        RAISE EXCEPTION 'journal % is off by %', NEW.id, off USING ERRCODE = '23514', CONSTRAINT = 'journal_balances';
    END IF;
    IF (SELECT sum(base_minor) FROM ledger_posting WHERE journal_id = NEW.id) <> 0 THEN
        RAISE EXCEPTION 'journal % does not balance in base currency', NEW.id USING ERRCODE = '23514', CONSTRAINT = 'journal_base_balances';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER journal_balances AFTER INSERT ON ledger_journal
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_journal_balances();

CREATE FUNCTION ledger_posting_complete() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE late uuid;
BEGIN
    SELECT j.id INTO late FROM ledger_journal j
        JOIN (SELECT DISTINCT journal_id FROM added) a ON a.journal_id = j.id
        WHERE (SELECT count(*) FROM ledger_posting p WHERE p.journal_id = j.id) > j.posting_count LIMIT 1;
    IF late IS NOT NULL THEN
        RAISE EXCEPTION 'journal % is complete; nothing can be added', late USING ERRCODE = '23514', CONSTRAINT = 'journal_is_complete';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER posting_complete AFTER INSERT ON ledger_posting
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_posting_complete();
"""

DROP = """
DROP TRIGGER posting_complete ON ledger_posting; DROP FUNCTION ledger_posting_complete();
DROP TRIGGER journal_balances ON ledger_journal; DROP FUNCTION ledger_journal_balances();
"""


class Migration(migrations.Migration):
    dependencies = [("merchant", "0001_initial")]

    operations = [
        merchant_keys(
            "merchant_store",
            "merchant_register",
            "merchant_channel",
            "merchant_customer",
            "merchant_staff_member",
            "merchant_api_key",
            "merchant_device",
            "merchant_pairing_code",
            "merchant_message",
            "merchant_webhook_endpoint",
            "ledger_account",
            "core_job",
            "core_data_key",
            "core_business_clock",
        ),
        migrations.RunSQL(LEDGER_KEYS, migrations.RunSQL.noop),
        migrations.RunSQL(JOURNAL_BALANCES, DROP),
        append_only("ledger_journal", "ledger_posting", "core_audit_entry", "core_audit_link", "core_audit_head"),
    ]
