"""Who sells: the merchant, its people, its books; and the Django project itself. Start in `core/`."""
