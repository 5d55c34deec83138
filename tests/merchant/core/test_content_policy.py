"""The policy written once a process is the one django-csp would write, and a reply's own changes to it still count."""

from __future__ import annotations

import pytest
from csp.constants import HEADER, NONCE, SELF
from csp.middleware import CSPMiddleware
from django.http import HttpResponse
from django.test import RequestFactory

from merchant.core.content_policy import ContentPolicyMiddleware


def policy_of(middleware, changes, headers):
    def view(request):
        reply = HttpResponse(headers=headers)
        for name, value in changes.items():
            setattr(reply, name, value)
        return reply

    return middleware(view)(RequestFactory().get("/")).headers.get(HEADER)


def directives(policy):
    return policy and sorted(policy.split("; "))


@pytest.mark.parametrize(
    ("changes", "headers"),
    [
        ({}, {}),
        ({}, {HEADER: "default-src 'none'"}),
        ({"_csp_update": {"frame-src": [SELF, "https://shop.example"]}}, {}),
        ({"_csp_replace": {"frame-ancestors": [SELF]}}, {}),
        ({"_csp_exempt": True}, {}),
    ],
)
def test_a_reply_gets_the_policy_that_django_csp_writes(changes, headers):
    ours, theirs = (policy_of(kind, changes, headers) for kind in (ContentPolicyMiddleware, CSPMiddleware))

    assert directives(ours) == directives(theirs)


def test_a_policy_with_a_nonce_is_not_the_one_kept(settings):
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {"script-src": [SELF, NONCE]}}

    def view(request):
        return HttpResponse(str(request.csp_nonce))

    middleware = ContentPolicyMiddleware(view)
    replies = [middleware(RequestFactory().get("/")) for _ in range(2)]

    assert [directives(reply.headers[HEADER]) for reply in replies] == [
        ["default-src 'self'", f"script-src 'self' 'nonce-{reply.content.decode()}'"] for reply in replies
    ]
    assert replies[0].content != replies[1].content
