"""Checks of what was written down beside each transfer: what it was about, and that nobody changed it."""

from timebank.audit.model import Check, Fault
from timebank.core.errors import N_

_WRITTEN, _POSTED = N_("记事上的分钟数"), N_("划转上的分钟数")

ONE_TO_ONE = Check(
    name="movement_has_transfer",
    label=N_("划转 ↔ 事由"),
    means=N_("每笔划转都写明是为了什么事，每件事由都有它的划转，一对一；种类和服务日期两边一样"),
    counts="movements",
    faults=(
        Fault("transfer_gone", N_("事由还在，它的划转不见了"), _POSTED, _WRITTEN),
        Fault("movement_missing", N_("这笔划转没有写明是为了什么"), _POSTED, _WRITTEN),
        Fault("kind_differs", N_("划转的种类和事由不一样"), _POSTED, _WRITTEN),
        Fault("served_on_differs", N_("划转的服务日期和事由不一样"), _POSTED, _WRITTEN),
    ),
    sql="""
        SELECT CASE WHEN t.id IS NULL THEN 'transfer_gone' WHEN m.transfer_id IS NULL THEN 'movement_missing'
                WHEN t.kind <> m.kind THEN 'kind_differs' ELSE 'served_on_differs' END AS fault,
            coalesce(t.id, m.transfer_id) AS transfer_id, coalesce(t.minutes, 0) AS recorded_minutes,
            CASE WHEN m.transfer_id IS NULL THEN 0 WHEN t.id IS NULL THEN NULL ELSE t.minutes END
                AS expected_minutes,
            jsonb_build_object('kind', m.kind) AS facts
        FROM transfers t
        FULL JOIN movements m ON m.transfer_id = t.id
        WHERE t.id IS NULL OR m.transfer_id IS NULL OR t.kind <> m.kind
            OR t.served_on IS DISTINCT FROM m.served_on
    """,
)

# The canonical JSON of `hours.rules.digest`, written out again: keys in order, no spaces, UTF-8.
EVIDENCE = Check(
    name="movement_is_evidence",
    label=N_("事由没有被改过"),
    means=N_("把每笔划转的事由（服务单、双方、规则版本、计算依据）重新做成摘要，和记账时存下的摘要一样"),
    counts="movements",
    faults=(Fault("movement_changed", N_("记账以后，这笔划转的事由被改过"), _POSTED, _POSTED),),
    sql="""
        SELECT 'movement_changed' AS fault, t.id AS transfer_id, t.minutes AS recorded_minutes
        FROM movements m
        JOIN transfers t ON t.id = m.transfer_id
        LEFT JOIN LATERAL (
            SELECT string_agg(to_json(key)::text || ':' || value::text, ',' ORDER BY key COLLATE "C") AS basis
            FROM jsonb_each(m.basis)
        ) b ON true
        WHERE t.evidence IS DISTINCT FROM sha256(convert_to(
            '{"basis":{' || coalesce(b.basis, '') || '}'
            || ',"category":' || coalesce(to_json(m.category)::text, 'null')
            || ',"confirmed_by":' || coalesce('"' || m.confirmed_by || '"', 'null')
            || ',"entered_by":' || coalesce('"' || m.entered_by || '"', 'null')
            || ',"helper_id":' || coalesce('"' || m.helper_id || '"', 'null')
            || ',"house_version_id":' || coalesce('"' || m.house_version_id || '"', 'null')
            || ',"kind":' || to_json(m.kind)::text
            || ',"provenance":' || to_json(m.provenance)::text
            || ',"recipient_id":' || coalesce('"' || m.recipient_id || '"', 'null')
            || ',"scheme_version_id":' || coalesce('"' || m.scheme_version_id || '"', 'null')
            || ',"served_on":' || coalesce('"' || to_char(m.served_on, 'YYYY-MM-DD') || '"', 'null')
            || ',"subject_id":"' || m.subject_id || '"}', 'UTF8'))
    """,
)

CHECKS = (ONE_TO_ONE, EVIDENCE)
