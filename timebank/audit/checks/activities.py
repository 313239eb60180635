"""Checks of activities: what was served in them has been posted for exactly what their sheets say."""

from timebank.audit.model import Check, Fault
from timebank.core.errors import N_

_SETTLED, _POSTED = N_("结算记录的分钟数"), N_("划转上的分钟数")

TRANSFERS = Check(
    name="activity_settlement_has_transfers",
    label=N_("活动结算 ↔ 划转"),
    means=N_(
        "每条活动结算列出的划转都在、都是这一位的，加起来正是它的分钟数；撤销的，每一笔都冲正了；"
        "活动的每一笔划转都列在某条结算里"
    ),
    counts="transfers",
    faults=(
        Fault("transfer_gone", N_("活动结算里的划转不见了"), _POSTED, _SETTLED),
        Fault("sum_differs", N_("活动结算和它的划转之和不一样"), N_("划转之和"), _SETTLED),
        Fault("of_another_part", N_("活动结算里的划转不是这一位的"), _POSTED),
        Fault("reversal_missing", N_("活动结算撤销了，划转却没有冲正"), N_("冲正的分钟数"), _POSTED),
        Fault("reversed_unsaid", N_("划转冲正了，活动结算却还有效"), N_("冲正的分钟数"), N_("应当冲正的")),
        Fault("transfer_unlisted", N_("这笔活动划转不在任何结算记录里"), _POSTED, _SETTLED),
    ),
    sql="""
        WITH listed AS MATERIALIZED (
            SELECT s.participation_id, s.revision, s.reversed_at IS NOT NULL AS reversed, l.id, t.minutes,
                m.subject_id, r.minutes AS taken_back
            FROM activity_settlements s
            CROSS JOIN LATERAL unnest(s.transfer_ids) AS l(id)
            LEFT JOIN transfers t ON t.id = l.id
            LEFT JOIN movements m ON m.transfer_id = l.id
            LEFT JOIN reversals r ON r.reverses = l.id
        )
        SELECT CASE WHEN minutes IS NULL THEN 'transfer_gone'
                WHEN subject_id IS DISTINCT FROM participation_id THEN 'of_another_part'
                WHEN reversed THEN 'reversal_missing' ELSE 'reversed_unsaid' END AS fault,
            id AS transfer_id,
            CASE WHEN minutes IS NULL THEN 0 WHEN subject_id IS DISTINCT FROM participation_id THEN minutes
                ELSE coalesce(taken_back, 0) END AS recorded_minutes,
            CASE WHEN minutes IS NULL THEN NULL WHEN subject_id IS DISTINCT FROM participation_id THEN 0
                WHEN reversed THEN minutes ELSE 0 END AS expected_minutes
        FROM listed
        WHERE minutes IS NULL OR subject_id IS DISTINCT FROM participation_id
            OR reversed <> (taken_back IS NOT NULL)
        UNION ALL
        SELECT 'sum_differs', s.transfer_ids[1], coalesce(l.minutes, 0), s.minutes
        FROM activity_settlements s
        LEFT JOIN (SELECT participation_id, revision, sum(minutes)::bigint AS minutes FROM listed GROUP BY 1, 2) l
            ON l.participation_id = s.participation_id AND l.revision = s.revision
        WHERE s.minutes <> coalesce(l.minutes, 0)
        UNION ALL
        SELECT 'transfer_unlisted', m.transfer_id, t.minutes, 0
        FROM movements m
        JOIN transfers t ON t.id = m.transfer_id
        WHERE m.kind = 'activity'
            AND NOT EXISTS (SELECT FROM listed l WHERE l.id = m.transfer_id)
    """,
)

AS_SIGNED = Check(
    name="activity_is_as_signed",
    label=N_("活动结算 ↔ 签到表"),
    means=N_("每条有效的活动结算，人、日期和服务的分钟数，和签到表、和记账时写下的一样"),
    counts="transfers",
    faults=(
        Fault(
            "served_differs",
            N_("签到表上的服务时长和结算的不一样"),
            N_("签到表上的分钟数"),
            N_("结算时服务的分钟数"),
        ),
        Fault(
            "part_differs",
            N_("参加的人或活动的日期和记账时的不一样"),
            N_("签到表上的分钟数"),
            N_("结算时服务的分钟数"),
        ),
    ),
    sql="""
        SELECT DISTINCT ON (s.participation_id)
            CASE WHEN p.served_minutes IS DISTINCT FROM s.served_minutes
                    OR (m.basis ->> 'served_minutes')::bigint IS DISTINCT FROM s.served_minutes
                THEN 'served_differs' ELSE 'part_differs' END AS fault,
            m.transfer_id, coalesce(p.served_minutes, 0)::bigint AS recorded_minutes,
            s.served_minutes::bigint AS expected_minutes
        FROM activity_settlements s
        JOIN timebank.participations p ON p.community_id = :book AND p.id = s.participation_id
        JOIN timebank.activities a ON a.community_id = :book AND a.id = p.activity_id
        CROSS JOIN LATERAL unnest(s.transfer_ids) AS l(id)
        JOIN movements m ON m.transfer_id = l.id
        WHERE s.reversed_at IS NULL
            AND (p.served_minutes IS DISTINCT FROM s.served_minutes
                OR (m.basis ->> 'served_minutes')::bigint IS DISTINCT FROM s.served_minutes
                OR (p.member_id, a.held_on) IS DISTINCT FROM (m.helper_id, m.served_on))
        ORDER BY s.participation_id, m.transfer_id
    """,
)

CHECKS = (TRANSFERS, AS_SIGNED)
