"""What every installation promises: headers, cookies, health, and a complete list of its variables."""

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client, RequestFactory, override_settings

from merchant import up
from merchant.celery import broker_url
from merchant.core.sessions import SEEN, STARTED, limit_session
from merchant.embedded import Places
from merchant.embedded.commands import read_env_file
from merchant.management.commands.demo_code import code_at

ROOT = Path(__file__).resolve().parents[3]


EXAMPLE = ROOT / ".env.example"
APPS = ("merchant", "inventory", "orders", "payments", "terminals", "reports")
# `env("NAME"`, `os.environ["NAME"]`, `os.environ.get("NAME"`, `"NAME" in os.environ`, and a name kept in a constant.
READS = re.compile(
    r'''(?:\benv(?:\.\w+)?\(|os\.environ(?:\.get\(|\.pop\(|\[))\s*"([A-Z_]+)"|"([A-Z_]+)" (?:not )?in os\.environ|VARIABLE = "([A-Z_]+)"'''
)
# The shell's own, and Django's name of our settings.
NOT_OURS = {"PATH"}


def test_every_variable_that_is_read_is_in_the_example_and_no_other() -> None:
    sources = [path.read_text() for app in APPS for path in (ROOT / app).rglob("*.py")]
    read = {name for source in sources for names in READS.findall(source) for name in names if name}
    listed = set(re.findall(r"^#?([A-Z_]+)=", EXAMPLE.read_text(), re.MULTILINE))

    assert read - NOT_OURS - listed == set()
    assert listed - read == set()


def test_every_variable_of_the_example_says_what_it_means() -> None:
    told = False
    for line in EXAMPLE.read_text().splitlines():
        names_variable = re.match(r"#?[A-Z_]+=", line)
        assert told or not names_variable, line
        told = bool(line)


def test_a_copied_example_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(EXAMPLE.read_text())
    before = dict(os.environ)
    read_env_file(tmp_path / ".env")

    assert dict(os.environ) == before


def test_a_written_default_is_the_default_that_settings_have() -> None:
    written = dict(re.findall(r"^#([A-Z_]+)=(.*)$", EXAMPLE.read_text(), re.MULTILINE))
    told = "import json; from merchant import settings as s; print(json.dumps([s.DEBUG, s.ALLOWED_HOSTS, s.CSRF_TRUSTED_ORIGINS, s.BODY_BYTES_MAX,"
    told += " s.UPLOAD_BYTES_MAX, s.UPLOAD_PATHS, s.COOKIE_SECURE, s.SECURE_SSL_REDIRECT, s.SESSION_IDLE_SECONDS, s.DEFAULT_FROM_EMAIL, s.OWN_URL]))"
    names = "DEBUG ALLOWED_HOSTS CSRF_TRUSTED_ORIGINS BODY_BYTES_MAX UPLOAD_BYTES_MAX UPLOAD_PATHS COOKIE_SECURE SECURE_SSL_REDIRECT"
    names += " SESSION_IDLE_SECONDS DEFAULT_FROM_EMAIL TILLSYN_URL"

    answers = [
        subprocess.run(
            [sys.executable, "-c", told],
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin"} | given,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for given in ({}, {name: written[name] for name in names.split()})
    ]

    assert answers[0] == answers[1]


@pytest.mark.parametrize("name", ["DEMO_CONTROL", "WEBHOOK_ALLOW_PRIVATE"])
def test_the_demo_has_what_it_cannot_be_without_whatever_is_set(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run").mkdir()
    monkeypatch.setenv(name, "false")
    options = argparse.Namespace(port=8000, host="127.0.0.1", demo=True)

    assert up.environment_of(options=options, places=Places(tmp_path), sandbox_port=8001)[name] == "true"
    options.demo = False
    assert up.environment_of(options=options, places=Places(tmp_path), sandbox_port=8001)[name] == "false"


def test_who_is_asked_for_a_code_is_told_how_to_get_it(tmp_path: Path) -> None:
    demo = tmp_path / "demo.json"
    person = {
        "role": "owner",
        "email": "mara@shop.example",
        "password": "x",
        "totp_secret": "JBSWY3DPEHPK3PXP",
        "pin": "274913",
    }
    demo.write_text(json.dumps({"sign_ins": [person]}))

    words = up.ready_words(port=8000, demo_file=demo)

    assert "manage.py demo_code mara@shop.example" in words
    assert "any authenticator app" in words
    assert "PIN at the till 274913" in words


def test_a_code_of_the_demo_is_the_one_an_authenticator_app_shows() -> None:
    # RFC 6238, appendix B: SHA-1, 59 seconds; its last six digits.
    assert code_at(59, seed="GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ") == "287082"


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
