"""`/staff/<id>/`: one member of staff: rights, limits, invitation, second factor, sign-ins."""

from __future__ import annotations

from uuid import UUID, uuid4

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchant.accounts import access, invitations, people_forms, queries, services
from merchant.accounts.member_pages import MemberPage, RoleRow, SignInRow
from merchant.accounts.models import StaffMember
from merchant.accounts.role_words import ROLE_SENTENCES
from merchant.accounts.services import StaffChange
from merchant.core.audit.models import AuditEntry
from merchant.core.clock import machine_now
from merchant.core.errors import AppError
from merchant.core.pages.forms import answered, error_lines
from merchant.core.pages.frame import places_of
from merchant.core.pages.parts import Action, Fact
from merchant.core.pages.shell import role_word
from merchant.core.staff_pages import StaffPageView

# Action of the sign-in log -> words, tone, icon.
SIGN_INS = {
    "sign_in.succeeded": (gettext_lazy("Signed in"), "good", "circle-check"),
    "sign_in.refused": (gettext_lazy("Wrong password"), "bad", "octagon-x"),
    "sign_in.ended": (gettext_lazy("Signed out"), "idle", "log-out"),
    "second_factor.added": (gettext_lazy("Second factor set up"), "good", "shield-check"),
    "second_factor.removed": (gettext_lazy("Second factor removed"), "warn", "triangle-alert"),
    "second_factor.reset": (gettext_lazy("Second factor set anew"), "warn", "triangle-alert"),
    "second_factor.refused": (gettext_lazy("Wrong code"), "bad", "octagon-x"),
}
_SIGN_INS_MAX = 20


class MemberView(StaffPageView):
    """`/staff/<id>/`."""

    right = {"GET": "staff.read", "POST": "staff.manage"}

    def get(self, request: HttpRequest, member_id: UUID) -> HttpResponse:
        """Show the person and, to who may, the form that changes their rights."""
        return show_member(self, queries.get_staff_member(member_id))

    def post(self, request: HttpRequest, member_id: UUID) -> HttpResponse:
        """Change role, stores and limit, once; it holds everywhere within a second."""
        member = queries.get_staff_member(member_id)
        try:
            return self.act_once(request, lambda: self._change(member))
        except AppError as error:
            return show_member(self, member, error=error)

    def _change(self, member: StaffMember) -> str:
        fields = self.request.POST
        minor = people_forms.read_limit(fields, currency=self.caller.merchant.base_currency)
        stores = people_forms.read_stores(fields, places_of(self.caller).stores)
        change = StaffChange(
            role=fields.get("role", ""),
            all_stores=None if stores else True,
            store_ids=stores or None,
            has_refund_limit=minor is not None,
            refund_limit_minor=minor,
        )
        services.change_staff(member_id=member.id, change=change, now=machine_now())
        messages.success(self.request, _("Saved. It holds everywhere within a second."))
        return f"/staff/{member.id}/"


class RepeatInvitationView(StaffPageView):
    """`/staff/<id>/invitation/`."""

    right = "staff.manage"

    def post(self, request: HttpRequest, member_id: UUID) -> HttpResponse:
        """Send the invitation again, and show its link this once where it may be shown."""
        member = queries.get_staff_member(member_id)
        link = invitations.repeat_invitation(member=member, invited_by=self.caller.name, now=machine_now())
        messages.success(request, _("The invitation was sent to {email}.").format(email=member.user.email))
        return show_member(self, member, link=link if invitations.may_be_shown(member) else "")


def show_member(
    view: StaffPageView, member: StaffMember, *, link: str = "", error: AppError | None = None
) -> HttpResponse:
    """Return the page of a member; `link` only where an invitation was just sent."""
    caller, currency = view.caller, view.caller.merchant.base_currency
    can_manage = caller.has_right("staff.manage")
    fields = people_forms.rights_fields(
        currency=currency,
        places=places_of(caller).stores,
        role=member.role,
        limit_minor=member.refund_limit_minor,
        mine=set() if member.all_stores else {store.id for store in member.stores.all()},
    )
    fields = answered(fields, view.request.POST, error)
    page = MemberPage(
        name=str(member.user),
        email=member.user.email,
        state=state_of(member),
        facts=_facts(member),
        sign_ins=_sign_ins(member),
        action_url=f"/staff/{member.id}/",
        idempotency_key=str(uuid4()),
        can_change=can_manage and member.id != caller.id,
        fields=fields,
        role=role_row(member.role),
        actions=_actions(member) if can_manage and member.id != caller.id else (),
        log_url=f"/audit/?subject=staff:{member.id}" if caller.has_right("audit.read") else "",
        link_once=link,
        errors=error_lines(error, fields),
    )
    status = error.status if error else 200
    return view.page("merchant/accounts/member.html", page, current="staff", status=status)


def state_of(member: StaffMember) -> str:
    """Return what a member is: `ended`, `invited` (never chose a password) or `active`."""
    if not member.is_active:
        return "ended"
    return "active" if invitations.has_joined(member.user) else "invited"


def role_row(role: str, people: int = 0) -> RoleRow:
    """Return a role in plain words."""
    may, may_not = ROLE_SENTENCES[role]
    return RoleRow(role_word(role), str(may), str(may_not), role in access.MFA_ROLES, people)


def list_roles(members: list[StaffMember]) -> tuple[RoleRow, ...]:
    """Return every role in plain words, with how many people have it."""
    held = [member.role for member in members if member.is_active]
    return tuple(role_row(role, held.count(role)) for role in access.ROLES)


def _facts(member: StaffMember) -> tuple[Fact, ...]:
    facts = [Fact(_("E-mail"), member.user.email), Fact(_("Here since"), member.created_at)]
    if member.user.last_login:
        facts.append(Fact(_("Last sign-in"), member.user.last_login))
    factors = Authenticator.objects.filter(user=member.user).exclude(type=Authenticator.Type.RECOVERY_CODES)
    has_factor = factors.exists()
    words = (
        _("set up")
        if has_factor
        else (
            _("missing, asked for at the next sign-in")
            if member.role in access.MFA_ROLES
            else _("none; this role may do without")
        )
    )
    facts.append(Fact(_("Second factor"), words))
    mail = invitations.find_last_mail(member)
    if mail is not None and not invitations.has_joined(member.user):
        states = {"pending": _("on its way"), "delivered": _("delivered"), "failed": _("could not be delivered")}
        facts.append(Fact(_("Invitation"), mail.created_at, note=states.get(mail.status, mail.status)))
    return tuple(facts)


def _sign_ins(member: StaffMember) -> tuple[SignInRow, ...]:
    rows = AuditEntry.objects.filter(subject=f"staff:{member.id}", action__in=list(SIGN_INS)).order_by("-id")[
        :_SIGN_INS_MAX
    ]
    found = []
    for row in rows:
        word, tone, icon = SIGN_INS[row.action]
        found.append(SignInRow(row.at, str(word), tone, icon, str(row.data.get("address", ""))))
    return tuple(found)


def _actions(member: StaffMember) -> tuple[Action, ...]:
    actions = []
    state = state_of(member)
    if state == "invited":
        actions.append(
            Action(_("Send the invitation again"), f"/staff/{member.id}/invitation/", "send", "post", key=str(uuid4()))
        )
    word, icon = (_("End access"), "ban") if member.is_active else (_("Give access again"), "user-check")
    actions.append(Action(word, f"/staff/{member.id}/switch/", icon, "post", key=str(uuid4())))
    return tuple(actions)
