"""Ties to the merchant, append-only movements, and the change horizon of the catalogue."""

from django.db import migrations

from merchant.core.guards import append_only, merchant_keys

CHANGE_HORIZON = """
CREATE FUNCTION catalog_variant_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_tx := txid_current();
    RETURN NEW;
END $$;
CREATE TRIGGER variant_changed BEFORE INSERT OR UPDATE ON catalog_variant FOR EACH ROW EXECUTE FUNCTION catalog_variant_changed();

CREATE FUNCTION catalog_part_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE catalog_variant SET changed_tx = 0 WHERE id = NEW.variant_id;
    RETURN NULL;
END $$;
CREATE TRIGGER price_changed AFTER INSERT OR UPDATE ON pricing_price FOR EACH ROW EXECUTE FUNCTION catalog_part_changed();
CREATE TRIGGER barcode_changed AFTER INSERT OR UPDATE ON catalog_barcode FOR EACH ROW EXECUTE FUNCTION catalog_part_changed();

CREATE FUNCTION catalog_product_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE catalog_variant SET changed_tx = 0 WHERE product_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER product_changed AFTER UPDATE ON catalog_product FOR EACH ROW EXECUTE FUNCTION catalog_product_changed();
"""

DROP = """
DROP TRIGGER product_changed ON catalog_product; DROP TRIGGER barcode_changed ON catalog_barcode;
DROP TRIGGER price_changed ON pricing_price; DROP TRIGGER variant_changed ON catalog_variant;
DROP FUNCTION catalog_product_changed(); DROP FUNCTION catalog_part_changed(); DROP FUNCTION catalog_variant_changed();
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0002_initial"), ("merchant", "0002_guards")]

    operations = [
        merchant_keys(
            "catalog_tax_class",
            "catalog_product",
            "catalog_variant",
            "pricing_tax_rate",
            "pricing_promotion",
            "stock_level",
        ),
        migrations.RunSQL(CHANGE_HORIZON, DROP),
        append_only("stock_movement"),
    ]
