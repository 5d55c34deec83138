"""The machinery: nothing lost between its wheels, nothing left half-way, the audit trail whole, the papers numbered without gaps."""

from __future__ import annotations

from merchant.core.audit import services as audit
from merchant.core.clock import business_now, machine_now
from merchant.core.vault import keys, rotation
from merchant.core.vault import services as vault
from reports.verify.look import Findings, Look, made_at, missing

# The sealing job runs every minute; ten of them missed is a fault.
SEALING_SECONDS = 600
# What has no answer is asked about after 5 s, 15 s, 45 s and 2 min; a processor that answers at all has answered by then.
SUBMITTED_SECONDS = 240
# A shopper may stay on the processor's page that long.
ACTION_SECONDS = 3600

_AUDITED = "SELECT count(*) FROM core_audit_link WHERE merchant_id = %(merchant)s"


def audit_chain_intact(look: Look) -> Findings:
    """The chain of audit entries holds from its first link to the signed head and the anchor outside the database."""
    fault = audit.verify_chain(anchored=look.anchored)
    return Findings(look.count(_AUDITED), [{"position": fault.position, "fault": fault.what}] if fault else [])


_UNSEALED = f"""
SELECT e.id AS entry, e.action, e.subject, {made_at("e.id")} AS made_at FROM core_audit_entry e
WHERE e.merchant_id = %(merchant)s AND {made_at("e.id")} < %(taken_at)s - %(sealing)s::interval
  AND NOT EXISTS (SELECT FROM core_audit_link l WHERE l.entry_id = e.id)
"""  # noqa: S608


def audit_sealed_in_time(look: Look) -> Findings:
    """Every audit entry older than ten minutes is sealed."""
    counted = "SELECT count(*) FROM core_audit_entry WHERE merchant_id = %(merchant)s"
    return missing(look, counted, _UNSEALED, sealing=f"{SEALING_SECONDS} seconds")


def secrets_open(look: Look) -> Findings:
    """Every sealed secret opens with a data key, and every data key with a master key that is known; what still waits for a newer key is listed."""
    unreadable = rotation.count_unreadable()
    counted = unreadable.pop("")
    broken = [{"column": name, "secrets": number, "fault": "does not open"} for name, number in unreadable.items()]
    if lost := vault.count_unreadable_keys():
        broken.append({"column": "core_data_key.wrapped", "secrets": lost, "fault": "no known master key opens it"})
    waiting = [
        {"column": name, "secrets": number, "waits_for": "the newest data key"}
        for name, number in rotation.count_behind().items()
    ]
    if behind := vault.count_under_another(keys.master_key()):
        waiting.append({"column": "core_data_key.wrapped", "secrets": behind, "waits_for": "the master key in force"})
    return Findings(counted, broken, waiting)


_EVENTS = "SELECT count(*) FROM core_outbox_event WHERE merchant_id = %(merchant)s"
_UNDELIVERED = """
SELECT seq, topic, aggregate, attempts, created_at, last_error FROM core_outbox_event
WHERE merchant_id = %(merchant)s AND done_at IS NULL AND created_at < %(taken_at)s - %(in_flight)s::interval
"""


def outbox_drained(look: Look) -> Findings:
    """No event older than a minute waits for its handlers."""
    return missing(look, _EVENTS, _UNDELIVERED)


_JOBS = "SELECT count(*) FROM core_job WHERE merchant_id = %(merchant)s"
_STUCK_JOBS = """
SELECT id AS job, kind, status, step, attempts, lease_until, run_at, last_error FROM core_job WHERE merchant_id = %(merchant)s
  AND (status = 'dead' OR (status = 'running' AND lease_until < %(taken_at)s - %(in_flight)s::interval)
       OR (status = 'queued' AND run_at < %(taken_at)s - interval '10 minutes'))
"""


def jobs_alive(look: Look) -> Findings:
    """No job is dead, held by nobody, or overdue."""
    return missing(look, _JOBS, _STUCK_JOBS)


_OPERATIONS = "SELECT count(*) FROM payment_operation WHERE merchant_id = %(merchant)s"
_LEFT_OPEN = f"""
SELECT o.reference, o.kind, o.status, o.amount_minor, o.currency, {made_at("o.id")} AS made_at, o.next_look_at FROM payment_operation o
WHERE o.merchant_id = %(merchant)s AND (
    o.status = 'requested' AND {made_at("o.id")} < %(taken_at)s - %(in_flight)s::interval
    OR o.status IN ('submitted', 'unknown') AND {made_at("o.id")} < %(taken_at)s - %(submitted)s::interval
    OR o.status = 'action_required' AND {made_at("o.id")} < %(taken_at)s - %(action)s::interval)
"""  # noqa: S608


def operations_finished(look: Look) -> Findings:
    """No operation is left half-way: unsent for a minute, unanswered for four, or waiting for a shopper for an hour."""
    limits = {"submitted": f"{SUBMITTED_SECONDS} seconds", "action": f"{ACTION_SECONDS} seconds"}
    return missing(look, _OPERATIONS, _LEFT_OPEN, **limits)


_WAITING = "SELECT (SELECT count(*) FROM merchant_message WHERE merchant_id = %(merchant)s) + (SELECT count(*) FROM webhook_inbound WHERE merchant_id = %(merchant)s)"
_OVERDUE = f"""
SELECT 'mail' AS what, id::text, about AS subject, attempts, last_error FROM merchant_message
WHERE merchant_id = %(merchant)s AND status = 'pending' AND next_at < %(taken_at)s - interval '10 minutes'
UNION ALL
SELECT 'outgoing webhook', id::text, topic, attempts, '' FROM merchant_webhook_delivery
WHERE merchant_id = %(merchant)s AND status = 'pending' AND next_at < %(taken_at)s - interval '10 minutes'
UNION ALL
SELECT 'inbound webhook', external_id, topic, attempts, last_error FROM webhook_inbound
WHERE merchant_id = %(merchant)s AND processed_at IS NULL AND put_aside_at IS NULL AND {made_at("id")} < %(taken_at)s - %(in_flight)s::interval
UNION ALL
SELECT 'report', name, status, 0, '' FROM settlement_report
WHERE merchant_id = %(merchant)s AND status IN ('received', 'reading') AND {made_at("id")} < %(taken_at)s - interval '10 minutes'
UNION ALL
SELECT 'statement', name, status, 0, '' FROM bank_statement_file
WHERE merchant_id = %(merchant)s AND status = 'received' AND {made_at("id")} < %(taken_at)s - interval '10 minutes'
"""  # noqa: S608


def nothing_overdue(look: Look) -> Findings:
    """No mail, webhook, report or statement waits beyond its time; a processor's event that a person put aside waits for nothing."""
    return missing(look, _WAITING, f"SELECT * FROM ({_OVERDUE}) overdue")  # noqa: S608


_EXPIRED = """
SELECT id AS reservation, order_line_id AS order_line, quantity, expires_at FROM stock_reservation
WHERE merchant_id = %(merchant)s AND status = 'held' AND expires_at < %(business_now)s - %(in_flight)s::interval
"""


def reservations_released(look: Look) -> Findings:
    """No piece is held for an order whose time ran out more than a minute ago."""
    moved = business_now(look.merchant_id) - machine_now()
    counted = "SELECT count(*) FROM stock_reservation WHERE merchant_id = %(merchant)s AND status = 'held'"
    return missing(look, counted, _EXPIRED, business_now=look.taken_at + moved)


_CHAIN_BROKEN = """
SELECT series, number FROM (
    SELECT *, lag(control_code, 1, '') OVER (PARTITION BY series ORDER BY number) AS code_before FROM document_document WHERE merchant_id = %(merchant)s
) d
WHERE control_code <> '' AND control_code <> encode(sha256(convert_to(concat_ws('|', code_before, series, number, extract(epoch FROM issued_at), total_minor,
    currency, content::text), 'UTF8')), 'hex')
"""


def papers_unchanged(look: Look) -> Findings:
    """The control code of every paper follows from what it says and from the paper before it in its series."""
    return missing(look, _PAPERS, _CHAIN_BROKEN)


_PAPERS = "SELECT count(*) FROM document_document WHERE merchant_id = %(merchant)s"
_GAPS = """
WITH series AS (
    SELECT series, count(*) AS papers, min(number) AS first, max(number) AS last FROM document_document WHERE merchant_id = %(merchant)s GROUP BY 1
), counters AS (
    SELECT 'register:' || id AS series, last_receipt_number AS last FROM merchant_register WHERE merchant_id = %(merchant)s
    UNION ALL SELECT series, last_number FROM document_sequence WHERE merchant_id = %(merchant)s
)
SELECT coalesce(s.series, c.series) AS series, coalesce(s.papers, 0) AS papers, s.first, s.last, coalesce(c.last, 0) AS counter
FROM series s FULL JOIN counters c ON c.series = s.series
WHERE coalesce(s.papers, 0) <> coalesce(c.last, 0) OR (s.papers IS NOT NULL AND (s.first <> 1 OR s.last <> s.papers))
"""


def papers_without_gaps(look: Look) -> Findings:
    """Receipts of each register, and other papers of each series, are numbered from one without a gap."""
    return missing(look, _PAPERS, _GAPS)


_PRINTED = "SELECT count(*) FROM till_offline_sale WHERE merchant_id = %(merchant)s AND status = 'landed' AND printed_number IS NOT NULL"
_NOT_ARRIVED = """
WITH printed AS (
    SELECT register_id, printed_number AS number, count(*) AS times FROM till_offline_sale
    WHERE merchant_id = %(merchant)s AND status = 'landed' AND printed_number IS NOT NULL GROUP BY 1, 2
)
SELECT r.code AS register, p.number AS printed_number, p.times, CASE WHEN p.times > 1 THEN 'printed twice' ELSE 'the number before it never arrived' END AS what
FROM printed p JOIN merchant_register r ON r.id = p.register_id
WHERE p.times > 1 OR (p.number > 1
    AND NOT EXISTS (SELECT FROM printed b WHERE b.register_id = p.register_id AND b.number = p.number - 1)
    AND NOT EXISTS (SELECT FROM document_document d WHERE d.merchant_id = %(merchant)s AND d.series = 'register:' || p.register_id AND d.number = p.number - 1))
"""


def printed_receipts_arrived(look: Look) -> Findings:
    """Every receipt that a till numbered while it was offline follows one that arrived, and no number was printed twice."""
    return missing(look, _PRINTED, _NOT_ARRIVED)
