"""Pages about who may do what: staff, and API keys."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.accounts import access, people_forms, queries, services
from merchant.accounts.invitations import has_joined, may_be_shown, send_invitation
from merchant.accounts.member_views import list_roles, state_of
from merchant.accounts.models import ApiKey, StaffMember
from merchant.accounts.people_pages import KeyRow, KeysPage, MemberRow, StaffPage
from merchant.accounts.scope_words import scope_choices
from merchant.core.clock import machine_now
from merchant.core.errors import AppError, Invalid
from merchant.core.money import Money
from merchant.core.pages.forms import answered, error_lines
from merchant.core.pages.frame import places_of
from merchant.core.pages.parts import Action
from merchant.core.pages.shell import role_word
from merchant.core.staff_pages import StaffPageView


class StaffListView(StaffPageView):
    """`/staff/`."""

    right = {"GET": "staff.read", "POST": "staff.manage"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show everybody, and the form to invite somebody."""
        return self._list()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Let somebody work here, and mail it to them. The link for choosing a password is shown this once where it may be; a repeat says that they work here already."""
        try:
            with transaction.atomic():
                invited = self._invite()
                link = send_invitation(member=invited.member, invited_by=self.caller.name, now=machine_now())
        except AppError as error:
            return self._list(error)
        said = (
            _("{email} is invited: a mail is on its way. They work here once they have chosen a password.")
            if not has_joined(invited.member.user)
            else _("{email} works here now; a mail is on its way.")
        )
        messages.success(request, said.format(email=invited.member.user.email))
        is_shown = invited.is_new_person and may_be_shown(invited.member)
        return self._list(link=link if is_shown else "")

    def _invite(self) -> services.Invited:
        fields = self.request.POST
        email, currency = fields.get("email", "").strip(), self.caller.merchant.base_currency
        if "@" not in email:
            raise Invalid(reason=_("write an e-mail address"), field="email")
        stores = people_forms.read_stores(fields, places_of(self.caller).stores)
        return services.add_staff(
            email=email, first_name=fields.get("first_name", "").strip()[:80], last_name=fields.get("last_name", "").strip()[:80],
            role=fields.get("role", ""), store_ids=stores or None, refund_limit_minor=people_forms.read_limit(fields, currency=currency), now=machine_now(),
        )  # fmt: skip

    def _list(self, error: AppError | None = None, *, link: str = "") -> HttpResponse:
        currency = self.caller.merchant.base_currency
        members = list(queries.list_staff())
        factors = queries.list_second_factors(members)
        rights = people_forms.rights_fields(currency=currency, places=places_of(self.caller).stores)
        person, rights = (answered(part, self.request.POST, error) for part in (people_forms.person_fields(), rights))
        page = StaffPage(
            rows=tuple(_member_row(member, self, currency, member.user_id in factors) for member in members),
            role_rows=list_roles(members),
            fields=(*person, *rights),
            can_invite=self.caller.has_right("staff.manage"),
            errors=error_lines(error, (*person, *rights)),
            link_once=link,
        )
        return self.page("merchant/accounts/staff.html", page, current="staff", status=error.status if error else 200)


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
                raise Invalid(reason=_("give the key a name"), field="name")
            _key, secret = services.create_api_key(name=name, scopes=request.POST.getlist("scope"), now=machine_now())
        except AppError as error:
            return show_keys(self, error)
        return show_keys(self, secret=secret)


class RollKeyView(StaffPageView):
    """`/api-keys/<id>/roll/`."""

    right = "key.manage"

    def post(self, request: HttpRequest, key_id: UUID) -> HttpResponse:
        """Make a successor and show its secret, this once; the old key goes on for a day."""
        key = queries.get_api_key(key_id)
        try:
            _key, secret = services.roll_api_key(key_id=key.id, now=machine_now())
        except (services.KeyRolled, services.KeyRevoked) as error:
            return show_keys(self, error)
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


def show_keys(view: StaffPageView, error: AppError | None = None, *, secret: str = "") -> HttpResponse:
    """Return the page of keys; `secret` only where one was just made."""
    fields = answered(people_forms.key_fields(), view.request.POST, error)
    page = KeysPage(
        rows=tuple(_key_row(key) for key in queries.list_api_keys()),
        fields=fields,
        secret_once=secret,
        errors=error_lines(error, fields),
    )
    return view.page("merchant/accounts/keys.html", page, current="webhooks", status=error.status if error else 200)


def _member_row(member: StaffMember, view: StaffPageView, currency: str, has_factor: bool) -> MemberRow:
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
        role_word(member.role),
        stores,
        limit,
        member.is_active,
        member.user.last_login,
        action if may else None,
        url=f"/staff/{member.id}/",
        state=state_of(member),
        second_factor="on" if has_factor else ("missing" if member.role in access.MFA_ROLES else "off"),
    )


def _key_row(key: ApiKey) -> KeyRow:
    is_ended = key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= machine_now())
    actions: tuple[Action, ...] = ()
    if not is_ended:
        roll = Action(_("Roll"), f"/api-keys/{key.id}/roll/", "refresh-cw", "post", key=str(uuid4()))
        end = Action(_("End"), f"/api-keys/{key.id}/end/", "ban", "post", key=str(uuid4()))
        actions = (roll, end) if key.rolled_at is None else (end,)
    return KeyRow(
        key.name,
        f"{key.prefix}…",
        ", ".join(words for _scope, words in scope_choices(key.scopes)),
        key.created_at,
        key.last_used_at,
        key.revoked_at or key.expires_at,
        is_ended,
        actions,
    )


class OwnKeysView(StaffPageView):
    """`/me/keys/`."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Switch the person's own shortcuts of a single key on or off. A repeat does the same, so it needs no key."""
        if self.caller.user_id is not None:
            services.keep_single_keys(user_id=self.caller.user_id, is_on="single_keys" in request.POST)
        return HttpResponse(status=204)
