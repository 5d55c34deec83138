"""What every installation promises: headers, cookies, health, and a complete list of its variables."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client, RequestFactory, override_settings

from merchant.celery import broker_url
from merchant.core.sessions import SEEN, STARTED, limit_session

ROOT = Path(__file__).resolve().parents[3]


def test_every_variable_that_settings_read_is_in_the_example() -> None:
    read = set(re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', (ROOT / "merchant/settings.py").read_text()))
    listed = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert read - listed == set()


@pytest.mark.django_db
def test_a_page_carries_the_strict_headers() -> None:
    answer = Client().get("/accounts/login/")

    policy = answer.headers["Content-Security-Policy"]
    for rule in (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    ):
        assert rule in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.django_db
def test_ready_means_the_database_answers_whatever_valkey_does() -> None:
    answer = Client().get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["database"] is True


def test_counters_are_for_this_host_alone() -> None:
    assert Client(REMOTE_ADDR="192.0.2.7").get("/metrics").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("seconds_idle", "seconds_old", "lives"),
    [(0, 0, True), (899, 3600, True), (901, 3600, False), (10, 12 * 3600 + 1, False)],
)
def test_a_session_ends_when_idle_or_too_old(seconds_idle: int, seconds_old: int, lives: bool) -> None:
    client = Client()
    request = RequestFactory().get("/")
    request.session = client.session
    now = 1_800_000_000
    request.session.update({"_auth_user_id": "1", STARTED: now - seconds_old, SEEN: now - seconds_idle})

    with override_settings(SESSION_IDLE_SECONDS=900, SESSION_ABSOLUTE_SECONDS=12 * 3600):
        limit_session(request, now_seconds=now)

    assert ("_auth_user_id" in request.session) is lives


def test_celery_finds_a_socket_where_everybody_else_does() -> None:
    assert broker_url("unix:///run/x/valkey.sock") == "redis+socket:///run/x/valkey.sock"
    assert broker_url("redis://:secret@cache/0") == "redis://:secret@cache/0"


def test_a_production_installation_with_a_weak_key_does_not_start() -> None:
    started = subprocess.run(
        [sys.executable, "-c", "import merchant.settings"],
        cwd=ROOT,
        env={
            "PATH": "/usr/bin:/bin",
            "TILLSYN_ENV": "production",
            "SECRET_KEY": "short",
            "ALLOWED_HOSTS": "shop.example",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert started.returncode == 1
    assert "SECRET_KEY is weak" in started.stderr


def test_production_cookies_are_bound_to_host_and_https() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "from merchant import settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME,"
            " s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS, s.SECURE_SSL_REDIRECT)",
        ],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "TILLSYN_ENV": "production", "ALLOWED_HOSTS": "shop.example"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout.split() == ["__Host-tillsyn_session", "__Host-tillsyn_csrf", "True", "True", "31536000", "True"]
    assert settings.SESSION_COOKIE_HTTPONLY
