"""The digests of `ledger.digests`, written out again for the checks that compare them."""

# Of a transfer `t` and its outcome `o`, standing alone.
TRANSFER = r"""sha256(
    uuid_send(t.book_id) || uuid_send(t.id) || uuid_send(t.debit_id) || uuid_send(t.credit_id)
    || int8send(t.minutes) || int4send(octet_length(t.kind)) || convert_to(t.kind, 'UTF8')
    || date_send(t.effective_on)
    || coalesce('\x01'::bytea || date_send(t.served_on), '\x00'::bytea)
    || uuid_send(t.actor_id) || coalesce('\x01'::bytea || uuid_send(t.reverses), '\x00'::bytea)
    || boolsend(t.forced)
    || coalesce('\x01'::bytea || sha256(convert_to(t.reason, 'UTF8')), '\x00'::bytea)
    || coalesce('\x01'::bytea || t.evidence, '\x00'::bytea)
    || coalesce(o.terms, ''::bytea))"""

# Of an act `a` upon a hold, standing alone: `a` has its parties, and `asked` and `kind` as they were said.
HOLD_ACT = r"""sha256(
    uuid_send(o.book_id) || uuid_send(a.id) || uuid_send(a.debit_id) || uuid_send(a.credit_id)
    || int8send(a.asked) || int4send(octet_length(a.kind)) || convert_to(a.kind, 'UTF8')
    || '\x0000'::bytea || uuid_send(a.actor_id) || '\x0000'::bytea
    || coalesce('\x01'::bytea || sha256(convert_to(a.reason, 'UTF8')), '\x00'::bytea)
    || '\x00'::bytea || o.terms)"""

# Holds that were let go together with what was posted instead, before it: their digests cover the group.
RELEASED = f"""
    SELECT a.id, r.subject_id, a.at, {HOLD_ACT} AS own
    FROM (
        SELECT e.operation_id AS id, e.hold_id, e.ended_at AS at, 0 AS asked, 'void' AS kind, h.debit_id,
            h.credit_id, e.actor_id, e.reason
        FROM hold_ends e
        JOIN holds h ON h.id = e.hold_id
        WHERE e.how = 'voided'
    ) a
    JOIN reservations r ON r.hold_id = a.hold_id
    JOIN outcomes o ON o.id = a.id
    WHERE o.digest <> {HOLD_ACT}
"""  # noqa: S608 - the SQL is ours
