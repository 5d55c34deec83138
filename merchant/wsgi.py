"""Django's WSGI application, for hosts that serve HTTP apart from websockets."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "merchant.settings")
application = get_wsgi_application()
