"""Pages about who may do what: staff, and API keys."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.accounts import access, queries, services
from merchant.accounts.invitations import invitation_url
from merchant.accounts.models import ApiKey, StaffMember
from merchant.accounts.people_pages import KeyRow, KeysPage, MemberRow, StaffPage
from merchant.core.clock import machine_now
from merchant.core.errors import AppError, Invalid
from merchant.core.money import AmountMalformed, AmountPrecision, Money
from merchant.core.pages.frame import places_of
from merchant.core.pages.parts import Action
from merchant.core.staff_pages import StaffPageView


class StaffListView(StaffPageView):
    """`/staff/`."""

    right = {"GET": "staff.read", "POST": "staff.manage"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show everybody, and the form to invite somebody."""
        return self._list()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Let somebody work here. The link for choosing a password is shown this once; a repeat says that they work here already."""
        try:
            invited = self._invite()
        except AppError as error:
            return self._list(errors=(error.message,), status=error.status)
        messages.success(request, _("{email} works here now.").format(email=invited.member.user.email))
        return self._list(link=invitation_url(invited.member.user) if invited.is_new_person else "")

    def _invite(self) -> services.Invited:
        fields = self.request.POST
        email, limit = fields.get("email", "").strip(), fields.get("refund_limit", "").strip()
        if "@" not in email:
            raise Invalid(reason=_("write an e-mail address"))
        stores = [place.id for place in places_of(self.caller).stores if str(place.id) in fields.getlist("store")]
        return services.add_staff(
            email=email, first_name=fields.get("first_name", "").strip()[:80], last_name=fields.get("last_name", "").strip()[:80],
            role=fields.get("role", ""), store_ids=stores or None, refund_limit_minor=self._minor(limit) if limit else None, now=machine_now(),
        )  # fmt: skip

    def _minor(self, text: str) -> int:
        try:
            return Money.parse(text.replace(",", "."), self.caller.merchant.base_currency).minor
        except (AmountMalformed, AmountPrecision):
            raise Invalid(reason=_("write the limit like 25.00")) from None

    def _list(self, *, errors: tuple[str, ...] = (), link: str = "", status: int = 200) -> HttpResponse:
        currency = self.caller.merchant.base_currency
        page = StaffPage(
            rows=tuple(_member_row(member, self, currency) for member in queries.list_staff()),
            roles=tuple((role, role.capitalize()) for role in access.ROLES),
            stores=tuple((str(place.id), place.name) for place in places_of(self.caller).stores),
            can_invite=self.caller.has_right("staff.manage"),
            currency=currency,
            errors=errors,
            link_once=link,
            entered={
                name: self.request.POST.get(name, "")
                for name in ("email", "first_name", "last_name", "role", "refund_limit")
            }
            if errors
            else {},
        )
        return self.page("merchant/accounts/staff.html", page, current="staff", status=status)


class SwitchMemberView(StaffPageView):
    """`/staff/<id>/switch/`."""

    right = "staff.manage"

    def post(self, request: HttpRequest, member_id: UUID) -> HttpResponse:
        """End somebody's work here, or take it up again, once."""
        member = queries.get_staff_member(member_id)
        return self.act_once(request, lambda: self._switch(member))

    def _switch(self, member: StaffMember) -> str:
        services.change_staff(
            member_id=member.id, change=services.StaffChange(is_active=not member.is_active), now=machine_now()
        )
        return "/staff/"


class KeyListView(StaffPageView):
    """`/api-keys/`."""

    right = "key.manage"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the keys, and the form for a new one."""
        return show_keys(self)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make a key and show its secret, this once. Two presses make two keys, of which one can be ended."""
        name = request.POST.get("name", "").strip()[:80]
        try:
            if not name:
                raise Invalid(reason=_("give the key a name"))
            _key, secret = services.create_api_key(name=name, scopes=request.POST.getlist("scope"), now=machine_now())
        except AppError as error:
            return show_keys(self, errors=(error.message,), status=error.status)
        return show_keys(self, secret=secret)


class RollKeyView(StaffPageView):
    """`/api-keys/<id>/roll/`."""

    right = "key.manage"

    def post(self, request: HttpRequest, key_id: UUID) -> HttpResponse:
        """Make a successor and show its secret, this once; the old key goes on for a day."""
        _key, secret = services.roll_api_key(key_id=queries.get_api_key(key_id).id, now=machine_now())
        return show_keys(self, secret=secret)


class EndKeyView(StaffPageView):
    """`/api-keys/<id>/end/`."""

    right = "key.manage"

    def post(self, request: HttpRequest, key_id: UUID) -> HttpResponse:
        """End a key, once."""
        key = queries.get_api_key(key_id)
        return self.act_once(request, lambda: self._end(key))

    def _end(self, key: ApiKey) -> str:
        services.revoke_api_key(key_id=key.id, now=machine_now())
        return "/api-keys/"


def show_keys(
    view: StaffPageView, *, secret: str = "", errors: tuple[str, ...] = (), status: int = 200
) -> HttpResponse:
    """Return the page of keys; `secret` only where one was just made."""
    page = KeysPage(
        rows=tuple(_key_row(key) for key in queries.list_api_keys()),
        scopes=tuple(sorted(access.SCOPES)),
        secret_once=secret,
        errors=errors,
    )
    return view.page("merchant/accounts/keys.html", page, current="webhooks", status=status)


def _member_row(member: StaffMember, view: StaffPageView, currency: str) -> MemberRow:
    stores = _("all locations") if member.all_stores else ", ".join(store.name for store in member.stores.all())
    limit = Money(member.refund_limit_minor, currency) if member.refund_limit_minor is not None else None
    word = _("End access") if member.is_active else _("Give access again")
    may = view.caller.has_right("staff.manage") and member.id != view.caller.id
    action = Action(
        word, f"/staff/{member.id}/switch/", "ban" if member.is_active else "user-check", "post", key=str(uuid4())
    )
    return MemberRow(
        str(member.user),
        member.user.email,
        member.role.capitalize(),
        stores,
        limit,
        member.is_active,
        member.user.last_login,
        action if may else None,
    )


def _key_row(key: ApiKey) -> KeyRow:
    is_ended = key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= machine_now())
    actions: tuple[Action, ...] = ()
    if not is_ended:
        actions = (
            Action(_("Roll"), f"/api-keys/{key.id}/roll/", "refresh-cw", "post", key=str(uuid4())),
            Action(_("End"), f"/api-keys/{key.id}/end/", "ban", "post", key=str(uuid4())),
        )
    return KeyRow(
        key.name,
        f"{key.prefix}…",
        ", ".join(key.scopes),
        key.created_at,
        key.last_used_at,
        key.revoked_at or key.expires_at,
        is_ended,
        actions,
    )
