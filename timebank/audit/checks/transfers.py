"""Checks of transfers: their two entries, their outcome, their mirror, their canonical bytes."""

from timebank.audit.checks.digests import RELEASED, TRANSFER
from timebank.audit.model import Check, Fault
from timebank.core.errors import N_

_ENTRY, _TRANSFER = N_("明细上的分钟数"), N_("划转上的分钟数")

TWO_ENTRIES = Check(
    name="transfer_has_two_entries",
    label=N_("划转 ↔ 明细"),
    means=N_("每笔划转正好有两笔明细，一出一进、分钟数相等；每笔明细都有它的划转"),
    counts="transfers",
    faults=(
        Fault("entry_missing", N_("划转少了一笔明细"), _ENTRY, _TRANSFER),
        Fault("transfer_missing", N_("明细还在，它的划转不见了"), _ENTRY, _TRANSFER),
        Fault("entry_minutes_differ", N_("明细和它的划转分钟数不一样"), _ENTRY, _TRANSFER),
        Fault("entry_of_another", N_("明细写着的是另一笔划转"), _ENTRY, _TRANSFER),
        Fault("entry_dates_differ", N_("明细和它的划转日期或记账时间不一样"), _ENTRY, _TRANSFER),
    ),
    sql="""
        SELECT CASE WHEN e.account_id IS NULL THEN 'entry_missing'
                WHEN s.id IS NULL THEN 'transfer_missing'
                WHEN e.transfer_id <> s.id THEN 'entry_of_another'
                WHEN e.minutes <> s.minutes THEN 'entry_minutes_differ'
                ELSE 'entry_dates_differ' END AS fault,
            coalesce(e.account_id, s.account_id) AS account_id,
            coalesce(e.version, s.version) AS account_version,
            coalesce(s.id, e.transfer_id) AS transfer_id,
            e.minutes AS recorded_minutes, s.minutes AS expected_minutes
        FROM entries e
        FULL JOIN (
            SELECT id, debit_id AS account_id, debit_version AS version, -minutes AS minutes,
                effective_on, posted_at
            FROM transfers
            UNION ALL
            SELECT id, credit_id, credit_version, minutes, effective_on, posted_at
            FROM transfers
        ) s ON s.account_id = e.account_id AND s.version = e.version
        WHERE e.account_id IS NULL OR s.id IS NULL OR e.transfer_id <> s.id OR e.minutes <> s.minutes
            OR e.effective_on <> s.effective_on OR e.posted_at <> s.posted_at
    """,
)

OUTCOME = Check(
    name="transfer_has_outcome",
    label=N_("划转 ↔ 记账结果"),
    means=N_("每次记账都留有结果：说已记账的，划转都在；说拒绝的，没有划转；没有结果的划转一笔也没有"),
    counts="transfers",
    faults=(
        Fault("transfer_gone", N_("记过账的划转不见了"), N_("现在的划转"), N_("当时记的划转")),
        Fault("outcome_missing", N_("这笔划转没有经过记账"), N_("现在的划转"), N_("当时记的划转")),
        Fault("refused_yet_there", N_("当时拒绝了，现在却有这笔划转"), N_("现在的划转"), N_("当时记的划转")),
        Fault("moment_differs", N_("划转的记账时间和当时的结果不一样"), N_("现在的划转"), N_("当时记的划转")),
    ),
    sql=r"""
        SELECT CASE WHEN t.id IS NULL THEN 'transfer_gone' WHEN o.id IS NULL THEN 'outcome_missing'
                WHEN o.refusal IS NOT NULL THEN 'refused_yet_there' ELSE 'moment_differs' END AS fault,
            coalesce(t.id, o.id) AS transfer_id, coalesce(t.minutes, 0) AS recorded_minutes,
            CASE WHEN t.id IS NOT NULL AND (o.id IS NULL OR o.refusal IS NOT NULL) THEN 0 END
                AS expected_minutes
        FROM transfers t
        -- A hold and a void move nothing; checks of holds look for them.
        FULL JOIN (SELECT * FROM outcomes
            WHERE terms IS NULL OR substring(terms FOR 4) NOT IN ('\x686f6c64', '\x766f6964')) o ON o.id = t.id
        WHERE (t.id IS NULL AND o.refusal IS NULL) OR o.id IS NULL
            OR (t.id IS NOT NULL AND (o.refusal IS NOT NULL OR o.decided_at <> t.posted_at))
    """,
)

REVERSAL = Check(
    name="reversal_mirrors",
    label=N_("冲正和原来一笔对得上"),
    means=N_("每笔冲正和它冲的划转方向相反、分钟数相等；一笔划转最多冲一次，冲正不能再冲"),
    counts="transfers",
    faults=(
        Fault("original_missing", N_("被冲正的划转不见了"), N_("冲正的分钟数"), N_("原来的分钟数")),
        Fault("reversal_unmirrored", N_("冲正和原来一笔不相反"), N_("冲正的分钟数"), N_("原来的分钟数")),
        Fault("reversal_of_reversal", N_("冲正了一笔冲正"), N_("冲正的分钟数"), N_("原来的分钟数")),
        Fault("reversed_twice", N_("同一笔划转冲正了不止一次"), N_("这笔冲正"), N_("还可冲正的")),
        Fault("forced_without_reason", N_("强制更正没有写理由"), N_("冲正的分钟数"), N_("原来的分钟数")),
    ),
    sql="""
        SELECT CASE WHEN o.id IS NULL THEN 'original_missing'
                WHEN o.reverses IS NOT NULL THEN 'reversal_of_reversal'
                WHEN (o.debit_id, o.credit_id, o.minutes) IS DISTINCT FROM (r.credit_id, r.debit_id, r.minutes)
                    THEN 'reversal_unmirrored'
                WHEN r.place > 1 THEN 'reversed_twice' ELSE 'forced_without_reason' END AS fault,
            r.id AS transfer_id, r.debit_id AS account_id, r.minutes AS recorded_minutes,
            CASE WHEN r.place = 1 OR o.id IS NULL THEN o.minutes ELSE 0 END AS expected_minutes
        FROM (
            SELECT *, row_number() OVER (PARTITION BY reverses ORDER BY posted_at, id) AS place
            FROM reversals
        ) r
        LEFT JOIN originals o ON o.id = r.reverses
        WHERE o.id IS NULL OR o.reverses IS NOT NULL OR r.place > 1
            OR (o.debit_id, o.credit_id, o.minutes) IS DISTINCT FROM (r.credit_id, r.debit_id, r.minutes)
            OR (r.forced AND coalesce(btrim(r.reason), '') = '')
    """,
)

# Written out again, apart from the ledger's own generated column: README of the ledger has the layout.
LEAF = Check(
    name="leaf_is_content",
    label=N_("凭证字节 = 划转内容"),
    means=N_("把每笔划转的内容重新编成凭证字节，和记账时存下的一个字节也不差"),
    counts="transfers",
    faults=(
        Fault(
            "leaf_differs", N_("划转的凭证字节和它的内容不一样"), N_("划转上的分钟数"), N_("凭证里的分钟数")
        ),
    ),
    sql=r"""
        SELECT 'leaf_differs' AS fault, id AS transfer_id, debit_id AS account_id, minutes AS recorded_minutes,
            CASE WHEN octet_length(leaf) >= 89 THEN ('x' || encode(substring(leaf FROM 82 FOR 8), 'hex'))
                ::bit(64)::bigint END AS expected_minutes
        FROM transfers
        WHERE leaf IS DISTINCT FROM (
            '\x01'::bytea || uuid_send(book_id) || uuid_send(id) || uuid_send(debit_id) || uuid_send(credit_id)
            || int8send(debit_version) || int8send(credit_version) || int8send(minutes)
            || int4send(octet_length(kind)) || convert_to(kind, 'UTF8')
            || int4send(effective_on - DATE '2000-01-01')
            || CASE WHEN served_on IS NULL THEN '\x00'::bytea
                ELSE '\x01'::bytea || int4send(served_on - DATE '2000-01-01') END
            || int8send((extract(epoch FROM posted_at - TIMESTAMPTZ '2000-01-01 00:00:00+00') * 1000000)::bigint)
            || uuid_send(actor_id)
            || CASE WHEN reverses IS NULL THEN '\x00'::bytea ELSE '\x01'::bytea || uuid_send(reverses) END
            || CASE WHEN forced THEN '\x01'::bytea ELSE '\x00'::bytea END
            || CASE WHEN reason IS NULL THEN '\x00'::bytea
                ELSE '\x01'::bytea || sha256(convert_to(reason, 'UTF8')) END
            || CASE WHEN evidence IS NULL THEN '\x00'::bytea ELSE '\x01'::bytea || evidence END
            || blinding)
    """,
)

# A linked operation's digest covers its group; which ones those were is told by what they were about and the
# moment (a correction's reversals are a group of their own), their order by their versions on an account they
# share. A hold that was let go with them comes first.
AS_ASKED = Check(
    name="transfer_is_as_asked",
    label=N_("划转 = 当初要记的"),
    means=N_("把每笔划转的内容重新做成摘要，和记账时登记的摘要一样：双方、分钟数、日期、理由都没有改过"),
    counts="transfers",
    faults=(
        Fault(
            "content_changed",
            N_("这笔划转的内容和记账时登记的不一样"),
            N_("现在的分钟数"),
            N_("登记的分钟数"),
        ),
        Fault(
            "group_changed",
            N_("一起记账的 {count} 笔划转里，有一笔和记账时登记的不一样"),
            N_("现在的分钟数"),
            N_("登记的分钟数"),
        ),
    ),
    sql=f"""
        WITH unproved AS MATERIALIZED (
            SELECT d.*, coalesce(m.subject_id, d.id) AS subject_id
            FROM (
                SELECT t.*, o.digest, {TRANSFER} AS own
                FROM transfers t
                JOIN outcomes o ON o.id = t.id
            ) d
            LEFT JOIN movements m ON m.transfer_id = d.id
            WHERE d.own <> d.digest
        ), shared AS (
            SELECT DISTINCT ON (subject_id, posted_at) subject_id, posted_at, account_id
            FROM unproved, LATERAL (VALUES (debit_id), (credit_id)) AS side(account_id)
            GROUP BY subject_id, posted_at, account_id
            ORDER BY subject_id, posted_at, count(*) DESC, account_id
        ), grouped AS (
            SELECT p.*, count(*) OVER w AS size,
                string_agg(own, ''::bytea) OVER w AS whole, string_agg(own, ''::bytea) OVER alike AS part
            FROM (
                SELECT u.*, CASE WHEN u.debit_id = s.account_id THEN u.debit_version
                    ELSE u.credit_version END AS place
                FROM unproved u
                JOIN shared s USING (subject_id, posted_at)
            ) p
            WINDOW w AS (PARTITION BY subject_id, posted_at ORDER BY place
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING),
                alike AS (PARTITION BY subject_id, posted_at, reverses IS NULL ORDER BY place
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
        )
        SELECT CASE WHEN min(size) = 1 THEN 'content_changed' ELSE 'group_changed' END AS fault,
            (array_agg(g.id ORDER BY place))[1] AS transfer_id,
            (array_agg(minutes ORDER BY place))[1] AS recorded_minutes,
            jsonb_build_object('count', count(*)) AS facts
        FROM grouped g
        LEFT JOIN ({RELEASED}) v ON v.subject_id = g.subject_id AND v.at = g.posted_at
        WHERE digest NOT IN (sha256(g.own || whole), sha256(g.own || part))
            AND digest IS DISTINCT FROM sha256(g.own || v.own || part)
        GROUP BY g.subject_id, posted_at, reverses IS NULL
    """,  # noqa: S608 - the SQL is ours
)

CHECKS = (TWO_ENTRIES, OUTCOME, AS_ASKED, REVERSAL, LEAF)
