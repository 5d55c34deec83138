"""Django settings: a table of contents. Every variable of the environment is listed in `.env.example`."""

from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.contrib.messages import constants as messages
from django.core.exceptions import ImproperlyConfigured

from merchant import embedded, ports, production, secrets
from merchant.core.keeping import keep_icons

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
environ.Env.read_env(BASE_DIR / ".env")
env = environ.Env()
embedded_addresses = embedded.addresses()

# What kind of installation this is, and who may reach it.
PRODUCTION = env("TILLSYN_ENV", default="local") == "production"
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])
PUBLIC_URL = env("PUBLIC_URL", default="http://localhost:8000")
# The same, as programs on this machine reach it.
OWN_URL = env("TILLSYN_URL", default="http://127.0.0.1:8000")

# Keys: given, or made once below var/secrets/.
SECRET_KEY = env("SECRET_KEY", default="") or secrets.read_or_make("secret_key")
VAULT_MASTER_KEY = env("VAULT_MASTER_KEY", default="") or secrets.read_or_make("vault_master_key")
# The key it is being changed to, while that lasts; of keys that are files it lies beside the other.
VAULT_MASTER_KEY_NEXT = env("VAULT_MASTER_KEY_NEXT", default="")
# Asked for on the first page of an installation that others reach before its owner does.
IS_REACHED_BY_OTHERS = PRODUCTION or env("WEB_HOST", default="127.0.0.1") not in ("127.0.0.1", "localhost", "::1")
SETUP_CODE = env("SETUP_CODE", default="") or (secrets.read_or_make("setup_code") if IS_REACHED_BY_OTHERS else "")
AUDIT_ANCHOR_DIR = env("AUDIT_ANCHOR_DIR", default=str(VAR_DIR / "audit"))

INSTALLED_APPS = [
    "merchant",
    "inventory",
    "orders",
    "payments",
    "terminals",
    "reports",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    # The passkey pages of allauth ask for it.
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "csp",
    "pgtrigger",
]

MIDDLEWARE = [
    "merchant.core.keeping.NotKeptMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "merchant.core.content_policy.ContentPolicyMiddleware",
    "merchant.accounts.requests.recording.RequestLogMiddleware",
    "merchant.core.body_guard.BodyGuard",
    "merchant.core.nul_guard.NulGuard",
    "merchant.core.card_guard.CardNumberGuard",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "merchant.core.sessions.SessionLimitsMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "merchant.accounts.middleware.CallerMiddleware",
]

ROOT_URLCONF = "merchant.urls"
WSGI_APPLICATION = "merchant.wsgi.application"
ASGI_APPLICATION = "merchant.asgi.application"
AUTH_USER_MODEL = "merchant.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {"tillsyn": "merchant.core.pages.tags"},
        },
    }
]

# One thread serves one request at a time, so each keeps its connection and asks whether it is still good.
DATABASE_KEEP: dict[str, Any] = {
    "ENGINE": "merchant.core.postgresql",
    "CONN_MAX_AGE": None,
    "CONN_HEALTH_CHECKS": True,
}
DATABASES = {"default": env.db_url("DATABASE_URL", default=embedded_addresses["DATABASE_URL"]) | DATABASE_KEEP}
# Where DATABASE_URL is a transaction pool, LISTEN, advisory locks and COPY need sessions of their own.
if env("DATABASE_DIRECT_URL", default="") not in ("", env("DATABASE_URL", default="")):
    DATABASES["direct"] = env.db_url("DATABASE_DIRECT_URL") | DATABASE_KEEP
else:
    # Statements of the hot path (merchant/core/db.py) stay prepared in the session. Behind a pool the next session would be another.
    DATABASES["default"].setdefault("OPTIONS", {}).update({"prepare_threshold": 0})

REDIS_URL = env("REDIS_URL", default=embedded_addresses["REDIS_URL"])
# The cache has a number of its own, so that clearing it leaves Celery's queue alone.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"db": 1},
    }
}

LANGUAGE_CODE = "en"
# Each in its own words: who looks for theirs may not read the one that is shown.
LANGUAGES = [("en", "English"), ("sv", "Svenska"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# Nothing has to be collected to run: whitenoise serves the folders themselves. A host that runs `collectstatic` at
# each release sets STATIC_HASHED and serves hashed, compressed names that browsers keep for ever.
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_HASHED = env.bool("STATIC_HASHED", default=False)
STATIC_ROOT = BASE_DIR / "staticfiles" if STATIC_HASHED else None
WHITENOISE_USE_FINDERS = not STATIC_HASHED
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 3600 if STATIC_HASHED else 0
WHITENOISE_ADD_HEADERS_FUNCTION = None if STATIC_HASHED else keep_icons
STATIC_STORAGE = "whitenoise.storage.CompressedManifestStaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": STATIC_STORAGE if STATIC_HASHED else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
MEDIA_ROOT = VAR_DIR / "files"
# Where scheduled exports are put for other programs, a folder per merchant; "" for nowhere.
EXPORT_DROP_DIR = env("EXPORT_DROP_DIR", default="")

# Requests: the whole body is read before a thread is taken (merchant/asgi.py). 1 MB: an order of 500 lines is a tenth of it.
BODY_BYTES_MAX = env.int("BODY_BYTES_MAX", default=1024 * 1024)
UPLOAD_BYTES_MAX = env.int("UPLOAD_BYTES_MAX", default=200 * 1024 * 1024)
UPLOAD_PATHS = tuple(
    env.list(
        "UPLOAD_PATHS",
        default=["/imports/", "/products/import/", "/api/v1/settlement-reports/", "/api/v1/bank-statements/"],
    )
)
BODY_LIMITS = (
    # The largest known event of a processor is a tenth of this.
    ("/webhooks/", 256 * 1024),
    # 200 requests of 20 kB: a day of a till without network.
    ("/api/v1/till/batch/", 4 * 1024 * 1024),
    # Evidence of 4 MB, as the schemes take it, in a form.
    ("/api/v1/disputes/", 5 * 1024 * 1024),
    ("/disputes/", 5 * 1024 * 1024),
)
# Folder that is looked at every minute for files to import, one folder in it for each merchant (its id). Empty: none.
IMPORT_DROP_DIR = env("IMPORT_DROP_DIR", default="")
# Hosts from which reports are fetched that a processor's webhook announces.
REPORT_FETCH_HOSTS = env.list("REPORT_FETCH_HOSTS", default=["ca-live.adyen.com", "ca-test.adyen.com"])
EXPORT_PATHS = ["/exports/", "/api/v1/exports/"]
BODY_SECONDS_MAX = env.int("BODY_SECONDS_MAX", default=20)
DATA_UPLOAD_MAX_MEMORY_SIZE = max(BODY_BYTES_MAX, *(limit for _, limit in BODY_LIMITS))
# What programs and tills ask of the REST API is kept for so many days: address, answer, duration; never bodies.
REQUEST_LOG = env.bool("REQUEST_LOG", default=True)
REQUEST_LOG_DAYS = env.int("REQUEST_LOG_DAYS", default=7)

WEB_PROCESSES = env.int("WEB_PROCESSES", default=2)
WEB_THREADS = env.int("WEB_THREADS", default=2)

# Cookies and headers. A browser keeps Secure cookies over plain http for localhost only, so the local run goes without.
COOKIE_SECURE = env.bool("COOKIE_SECURE", default=PRODUCTION)
COOKIE_PREFIX = "__Host-" if COOKIE_SECURE else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}tillsyn_session"
SESSION_COOKIE_SECURE = COOKIE_SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = SESSION_ABSOLUTE_SECONDS = env.int("SESSION_ABSOLUTE_SECONDS", default=12 * 3600)
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_SECONDS", default=15 * 60)
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}tillsyn_csrf"
CSRF_COOKIE_SECURE = COOKIE_SECURE
CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SECURE = COOKIE_SECURE
LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=COOKIE_SECURE)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
# Django adds by itself: nosniff, Referrer-Policy and COOP same-origin, X-Frame-Options DENY.
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if COOKIE_SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = COOKIE_SECURE
SECURE_HSTS_PRELOAD = COOKIE_SECURE
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

# What a message is called in the style sheet.
MESSAGE_TAGS = {messages.SUCCESS: "good", messages.WARNING: "warn", messages.ERROR: "bad"}

# Sign-in.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
PASSWORD_HASHERS = [
    "merchant.accounts.hashers.Argon2Hasher",
    "django.contrib.auth.hashers.Argon2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "merchant.accounts.passwords.PredictablePasswordValidator"},
]
ACCOUNT_ADAPTER = "merchant.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "merchant.accounts.forms.LoginForm",
    "reset_password_from_key": "merchant.accounts.forms.ResetPasswordKeyForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
# An owner gives staff their address; nobody signs up, so there is nothing to verify.
ACCOUNT_EMAIL_VERIFICATION = "none"
# A key of login_failed is a person and a network; login_failed_anywhere counts the person alone. See the adapter.
ACCOUNT_RATE_LIMITS = {
    "login_failed": "20/m/ip,10/30m/key",
    "login_failed_anywhere": "100/h/key",
    "reset_password": "20/m/ip,5/m/key",
}
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
# As long as a session may stand untouched: who founds a business or begins the day has its first steps done before being asked again.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
MFA_ADAPTER = "merchant.accounts.adapter.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "merchant.accounts.forms.AuthenticateForm",
    "reauthenticate": "merchant.accounts.forms.ReauthenticateForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Tillsyn"
MFA_TOTP_TOLERANCE = 1
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not COOKIE_SECURE
USERSESSIONS_TRACK_ACTIVITY = False

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["merchant.core.json_parser.BoundedJSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "merchant.accounts.authentication.DeviceAuthentication",
        "merchant.accounts.authentication.ApiKeyAuthentication",
        "merchant.accounts.authentication.StaffSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "merchant.core.schema.DescribedSchema",
    "EXCEPTION_HANDLER": "merchant.core.errors.rest_exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# Of one caller in one process; a till's busiest minute needs five a second.
CALLER_REQUESTS_PER_SECOND = env.int("CALLER_REQUESTS_PER_SECOND", default=500)
SPECTACULAR_SETTINGS = {
    "TITLE": "Tillsyn",
    "DESCRIPTION": "Orders, payments, terminals and stock of one merchant.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "merchant.accounts.schema.name_scopes",
    ],
    # Where several fields of one name have different choices, the name says whose they are.
    "ENUM_NAME_OVERRIDES": {
        "ExportKindEnum": "reports.exports.serializers.KINDS",
        "DeliveryStatusEnum": ["pending", "delivered", "failed"],
        "TillMethodEnum": ["cash", "gift_card", "card_present"],
    },
}

# Where the sandbox processor listens; `up` gives its own, and commands beside it find it.
SANDBOX_URL = env("SANDBOX_URL", default="") or ports.sandbox_url(VAR_DIR)
# Opens its control API (faults, clock); without it the key that `up`'s own processor keeps is used.
SANDBOX_CONTROL_KEY = env("SANDBOX_CONTROL_KEY", default="")
# Webhooks of the merchant go to public addresses only; a demo on one machine may allow its own.
WEBHOOK_ALLOW_PRIVATE = env.bool("WEBHOOK_ALLOW_PRIVATE", default=False)
# Makes demo merchants and moves their clocks; `up --demo` turns it on. See reports/demo/.
DEMO_CONTROL = env.bool("DEMO_CONTROL", default=False)
DEMO_CONTROL_KEY = secrets.read_or_make("demo-control.key") if DEMO_CONTROL else ""

# Without a mail server every mail is a file that can be read.
EMAIL_CONFIG = env.email_url("EMAIL_URL", default=f"filemail:///{VAR_DIR}/mail")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Tillsyn <tillsyn@localhost>")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"card_numbers": {"()": "merchant.core.card_numbers.CardNumberFilter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["card_numbers"]}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        # It would name every address we call, tokens in paths included.
        "httpx": {"level": "WARNING"},
    },
}

if PRODUCTION and (
    refusals := production.list_refusals(
        secret_key=SECRET_KEY,
        debug=DEBUG,
        allowed_hosts=ALLOWED_HOSTS,
        shares_database=env("DATABASE_URL", default=embedded_addresses["DATABASE_URL"])
        != embedded_addresses["DATABASE_URL"],
        keys_given=bool(env("SECRET_KEY", default="") and env("VAULT_MASTER_KEY", default="")),
        crash_point=env("CRASH_POINT", default=""),
    )
):
    raise ImproperlyConfigured("This production installation does not start.\n" + "\n".join(refusals))
