"""What tells of votes that are cast by one hand: every step is an aggregate in the database, on tables of its own.

A *ballot* is what one voter gave one doctor with one value from one network; a *target* is a doctor and a value. What
is unusual is measured against what the same days and networks bring elsewhere, so that a day on which everybody votes
for one answer, or a network that many share, is not unusual by itself.
"""

from datetime import timedelta

# How far one run looks back: so far any two votes can be compared, see ``voting.networks``.
LOOKS_BACK = timedelta(days=15)

# So unusual must be what one network gives one target, as the logarithm of how unlikely it is.
UNUSUAL = 8
QUITE_UNUSUAL = 6
RATHER_UNUSUAL = 4

# The votes of the window. What a moderator restored is honest, and no evidence; what is held or void still is.
_VOTES = """
    CREATE TEMPORARY TABLE ring_votes ON COMMIT DROP AS
    SELECT v.id, v.answer_id, a.doctor_id, a.question_id, v.value, v.voted_at,
        coalesce(v.user_id, -1 - (uuid_hash_extended(v.visitor, 0) & 9223372036854775806)) AS voter,
        v.user_id IS NOT NULL AS is_user,
        coalesce(u.date_joined > v.voted_at - interval '21 days', false) AS is_new,
        uuid_hash_extended(CASE WHEN v.voted_at >= %(period)s THEN v.network_before ELSE v.network END, 0) AS net,
        v.browser, s.at, s.at / 86400 AS day, v.ring_id IS NULL AS is_open
    FROM voting_answervote v JOIN questions_answer a ON a.id = v.answer_id
    LEFT JOIN accounts_user u ON u.id = v.user_id
    CROSS JOIN LATERAL (SELECT floor(date_part('epoch', v.voted_at))::bigint AS at) s
    WHERE v.voted_at > %(since)s AND v.voted_at <= %(now)s AND v.value <> 0
        AND (v.ring_id IS NULL OR v.state <> 'counted')
"""

_VOTERS = """
    CREATE TEMPORARY TABLE ring_voters ON COMMIT DROP AS SELECT voter, count(*) AS total FROM ring_votes GROUP BY voter
"""

_BALLOTS = """
    CREATE TEMPORARY TABLE ring_ballots ON COMMIT DROP AS
    SELECT b.*, sum(b.votes) OVER (PARTITION BY b.voter, b.doctor_id, b.value) AS given, v.total
    FROM (
        SELECT voter, doctor_id, value, net, count(*) AS votes, min(day) AS day, min(browser) AS browser,
            bool_or(is_user) AS is_user, bool_or(is_new) AS is_new
        FROM ring_votes GROUP BY voter, doctor_id, value, net
    ) b JOIN ring_voters v USING (voter)
"""

# Each is a table of its own, with statistics: as parts of one statement they would be planned blindly.
_DAYS = (
    "CREATE TEMPORARY TABLE ring_days ON COMMIT DROP AS SELECT day, count(*) AS n FROM ring_ballots GROUP BY day",
    """
    CREATE TEMPORARY TABLE ring_net_days ON COMMIT DROP AS
    SELECT net, day, count(*) AS n FROM ring_ballots WHERE net IS NOT NULL GROUP BY net, day
    """,
    """
    CREATE TEMPORARY TABLE ring_target_days ON COMMIT DROP AS
    SELECT doctor_id, value, day, count(*) AS n FROM ring_ballots GROUP BY doctor_id, value, day
    """,
)
_PAIRS_OF_NETS = (
    """
    CREATE TEMPORARY TABLE ring_pairs ON COMMIT DROP AS
    SELECT net, doctor_id, value, count(*) AS voters,
        count(*) FILTER (WHERE is_new AND given >= 0.5 * total) AS new_ones,
        count(*) FILTER (WHERE given >= 3 AND given >= 0.6 * total) AS devoted
    FROM ring_ballots WHERE net IS NOT NULL GROUP BY net, doctor_id, value HAVING count(*) >= 2
    """,
    """
    CREATE TEMPORARY TABLE ring_pair_days ON COMMIT DROP AS
    SELECT net, doctor_id, value, day, count(*) AS n
    FROM ring_ballots JOIN ring_pairs USING (net, doctor_id, value) GROUP BY net, doctor_id, value, day
    """,
    """
    CREATE TEMPORARY TABLE ring_pair_browsers ON COMMIT DROP AS
    SELECT net, doctor_id, value, max(n) AS most_of_one_browser FROM (
        SELECT net, doctor_id, value, browser, count(*) AS n
        FROM ring_ballots JOIN ring_pairs USING (net, doctor_id, value)
        WHERE NOT is_user AND given >= 0.6 * total GROUP BY net, doctor_id, value, browser
    ) each_browser GROUP BY net, doctor_id, value
    """,
)

# Expected from a network: what it gave on each day, times the target's part of what all others gave on that day.
_NETWORKS = """
    CREATE TEMPORARY TABLE ring_nets ON COMMIT DROP AS
    WITH expected AS (
        SELECT net, doctor_id, value, 0.05 + sum(n.n * (t.n - p.n)::float / greatest(a.n - n.n, 1)) AS expected
        FROM ring_pair_days p JOIN ring_net_days n USING (net, day)
        JOIN ring_target_days t USING (doctor_id, value, day) JOIN ring_days a USING (day)
        GROUP BY net, doctor_id, value
    )
    SELECT *,
        CASE WHEN voters >= 2.5 * expected THEN voters * ln(voters / expected) - (voters - expected) ELSE 0 END
            AS unusual
    FROM ring_pairs JOIN expected USING (net, doctor_id, value)
    LEFT JOIN ring_pair_browsers USING (net, doctor_id, value)
"""

# Six hours, and a day, on one answer; each cut twice, so that no burst falls between two cuts.
_WHOLE = """
    CREATE TEMPORARY TABLE ring_whole ON COMMIT DROP AS
    SELECT answer_id, value, count(*) AS n FROM ring_votes GROUP BY answer_id, value HAVING count(*) >= 8
"""
# Every six hours lie in one of two days, so only these answers need a closer look.
_HOT = """
    CREATE TEMPORARY TABLE ring_hot ON COMMIT DROP AS
    SELECT w.* FROM ring_whole w JOIN (
        SELECT DISTINCT answer_id, value FROM (
            SELECT answer_id, value FROM ring_votes JOIN ring_whole USING (answer_id, value)
            CROSS JOIN (VALUES (0), (43200)) AS cuts (phase)
            GROUP BY answer_id, value, phase, (at + phase) / 86400 HAVING count(*) >= 8
        ) full_days
    ) hot USING (answer_id, value)
"""
_SPANS = """
    CREATE TEMPORARY TABLE ring_spans ON COMMIT DROP AS
    SELECT s.* FROM (
        SELECT answer_id, question_id, doctor_id, value, length, phase,
            (at + phase) / length AS span,
            count(*) AS n, count(*) FILTER (WHERE is_new) AS new_ones
        FROM ring_votes JOIN ring_hot USING (answer_id, value)
        CROSS JOIN (VALUES (21600, 0), (21600, 10800), (86400, 0), (86400, 43200)) AS cuts (length, phase)
        GROUP BY answer_id, question_id, doctor_id, value, length, phase, span HAVING count(*) >= 8
    ) s JOIN ring_hot w USING (answer_id, value)
    WHERE s.n >= 5 * ((w.n - s.n) * length / 1296000.0 + 0.5)
"""
_BURSTS = """
    CREATE TEMPORARY TABLE ring_bursts ON COMMIT DROP AS
    WITH cut AS (
        SELECT v.*, s.length, s.phase, s.span FROM ring_spans s JOIN ring_votes v
            ON v.answer_id = s.answer_id AND v.value = s.value
            AND v.at >= span * length - phase AND v.at < (span + 1) * length - phase
    ),
    bursts AS (
        SELECT s.*, o.against, o.beside FROM ring_spans s CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE v.answer_id = s.answer_id) AS against, count(*) AS beside
            FROM ring_votes v WHERE v.question_id = s.question_id AND (v.answer_id, v.value) <> (s.answer_id, s.value)
                AND v.at >= span * length - phase AND v.at < (span + 1) * length - phase
        ) o
    ),
    of_nets AS (
        SELECT answer_id, value, length, phase, span, sum(n) FILTER (WHERE n >= 2) AS together,
            max(n) AS largest, count(*) AS nets
        FROM (
            SELECT c.answer_id, c.value, c.length, c.phase, c.span, net, count(*) AS n
            FROM cut c JOIN bursts b USING (answer_id, value, length, phase, span) GROUP BY 1, 2, 3, 4, 5, net
        ) each_net GROUP BY answer_id, value, length, phase, span
    ),
    of_browsers AS (
        SELECT answer_id, value, length, phase, span, max(n) AS of_one_browser,
            (array_agg(browser ORDER BY n DESC))[1] AS the_browser
        FROM (
            SELECT c.answer_id, c.value, c.length, c.phase, c.span, browser, count(*) AS n
            FROM cut c JOIN bursts b USING (answer_id, value, length, phase, span) WHERE NOT c.is_user
            GROUP BY 1, 2, 3, 4, 5, browser
        ) each_browser GROUP BY answer_id, value, length, phase, span
    )
    SELECT * FROM (
        SELECT b.*, the_browser,
            coalesce(together, 0) - CASE WHEN largest >= 2 THEN largest ELSE 0 END >= 0.35 * b.n
                AND nets <= 0.5 * b.n AND beside < b.n AS is_shared,
            new_ones >= greatest(5, 0.35 * b.n) AND beside < b.n AS is_new,
            coalesce(of_one_browser, 0) >= 0.5 * b.n AS is_one_browser,
            value = -1 AND b.n >= 3 * (against + 1) AS is_raid
        FROM bursts b LEFT JOIN of_nets USING (answer_id, value, length, phase, span)
        LEFT JOIN of_browsers USING (answer_id, value, length, phase, span)
    ) judged WHERE is_shared OR is_new OR is_one_browser OR is_raid
"""

_SUSPECTS = """
    CREATE TEMPORARY TABLE ring_suspects (id bigint, voter bigint, doctor_id bigint, value smallint, kinds text[])
    ON COMMIT DROP
"""

# One browser that clears its cookies: most marks that one network gave to one target show the same browser.
_ONE_BROWSER = """
    INSERT INTO ring_suspects
    SELECT v.id, v.voter, v.doctor_id, v.value, '{browser,network}'
    FROM ring_nets n JOIN ring_votes v USING (net, doctor_id, value)
    JOIN ring_ballots b USING (voter, doctor_id, value, net)
    WHERE n.unusual >= %(unusual)s AND n.most_of_one_browser >= 5 AND n.most_of_one_browser >= 0.6 * n.voters
        AND NOT v.is_user AND b.given >= 0.6 * b.total
"""

# One network, and most of its voters are new accounts, or vote for this doctor again and again.
_ONE_NETWORK = """
    INSERT INTO ring_suspects
    SELECT v.id, v.voter, v.doctor_id, v.value,
        array_remove(ARRAY['network', CASE WHEN n.new_ones >= 0.5 * n.voters THEN 'new' END,
            CASE WHEN n.devoted >= 0.5 * n.voters THEN 'devoted' END], NULL)
    FROM ring_nets n JOIN ring_votes v USING (net, doctor_id, value)
    WHERE n.unusual >= %(unusual)s AND n.voters >= 4
        AND (n.new_ones >= 0.5 * n.voters OR n.devoted >= 0.5 * n.voters)
"""

# Several networks that each give one target far more than they should: a class or an office is one.
_NETWORKS_TOGETHER = """
    INSERT INTO ring_suspects
    SELECT v.id, v.voter, v.doctor_id, v.value, '{network}'
    FROM ring_nets n JOIN ring_votes v USING (net, doctor_id, value)
    JOIN (
        SELECT doctor_id, value FROM ring_nets WHERE unusual >= %(quite)s AND voters >= 3
        GROUP BY doctor_id, value HAVING count(*) >= 2 AND sum(voters) >= 8
    ) together USING (doctor_id, value)
    WHERE n.unusual >= %(rather)s
"""

_IN_BURSTS = """
    INSERT INTO ring_suspects
    WITH inside AS (
        SELECT v.*, u.is_new AS are_new, u.is_shared, u.is_raid, u.is_one_browser, u.the_browser,
            count(*) OVER (PARTITION BY u.answer_id, u.value, u.length, u.phase, u.span, v.net) AS of_its_net
        FROM ring_bursts u JOIN ring_votes v ON v.answer_id = u.answer_id AND v.value = u.value
            AND (v.at + u.phase) / u.length = u.span
    )
    SELECT v.id, v.voter, v.doctor_id, v.value,
        array_remove(ARRAY['burst', CASE WHEN are_new THEN 'new' END, CASE WHEN is_shared THEN 'network' END,
            CASE WHEN is_one_browser THEN 'browser' END], NULL)
    FROM inside v JOIN ring_ballots b ON b.voter = v.voter AND b.doctor_id = v.doctor_id AND b.value = v.value
        AND b.net IS NOT DISTINCT FROM v.net
    WHERE (are_new AND v.is_new) OR (b.given >= 0.3 * b.total AND (
        is_raid OR (are_new AND is_shared) OR (is_shared AND of_its_net >= 2)
        OR (is_one_browser AND NOT v.is_user AND v.browser = the_browser)
    ))
"""

# New accounts that came for one target, over days, and share networks with each other.
_NEW_ACCOUNTS = """
    INSERT INTO ring_suspects
    WITH users AS (
        SELECT doctor_id, value, net, voter, is_new AND given >= 0.5 * total AS came_for_it,
            count(*) FILTER (WHERE is_new AND given >= 0.5 * total) OVER (PARTITION BY doctor_id, value, net) AS beside
        FROM ring_ballots WHERE is_user
    ),
    usual AS (SELECT count(*) FILTER (WHERE came_for_it)::float / greatest(count(*), 1) AS part FROM users),
    targets AS (
        SELECT doctor_id, value FROM users CROSS JOIN usual GROUP BY doctor_id, value, part
        HAVING count(*) FILTER (WHERE came_for_it) >= 4
            AND count(*) FILTER (WHERE came_for_it)
                >= 3 * (1 + count(*) FILTER (WHERE NOT came_for_it) * part / (1.001 - part))
            AND count(*) FILTER (WHERE came_for_it AND beside >= 2) >= 0.5 * count(*) FILTER (WHERE came_for_it)
    )
    SELECT v.id, v.voter, v.doctor_id, v.value, '{new,network}'
    FROM ring_votes v JOIN users USING (doctor_id, value, voter, net) JOIN targets USING (doctor_id, value)
    WHERE came_for_it
"""

# Two doctors of whom each gives the other most of what they vote.
_PAIRS = """
    INSERT INTO ring_suspects
    WITH given AS (
        SELECT d.id AS giver, v.doctor_id AS taker, count(*) AS n, sum(count(*)) OVER (PARTITION BY d.id) AS total
        FROM ring_votes v JOIN doctors_doctor d ON d.user_id = v.voter
        WHERE v.value = 1 AND v.is_user GROUP BY d.id, v.doctor_id
    )
    SELECT v.id, v.voter, v.doctor_id, v.value, '{pair}'
    FROM given g JOIN given back ON back.giver = g.taker AND back.taker = g.giver
    JOIN doctors_doctor d ON d.id = g.giver
    JOIN ring_votes v ON v.voter = d.user_id AND v.doctor_id = g.taker AND v.value = 1
    WHERE g.n >= 4 AND back.n >= 4 AND g.n >= 0.5 * g.total AND back.n >= 0.5 * back.total
"""

# Whoever is in it is in it with all that they gave this target.
_WHOLE_VOTERS = """
    INSERT INTO ring_suspects
    SELECT v.id, v.voter, v.doctor_id, v.value, '{}'
    FROM ring_votes v JOIN (SELECT DISTINCT voter, doctor_id, value FROM ring_suspects) s
        USING (voter, doctor_id, value)
"""

FOUND = """
    SELECT s.doctor_id, s.value, array_agg(DISTINCT s.id) FILTER (WHERE v.is_open),
        array(SELECT DISTINCT kind FROM unnest(string_to_array(
            string_agg(array_to_string(s.kinds, ','), ','), ',')) AS kind WHERE kind <> '' ORDER BY kind)
    FROM ring_suspects s JOIN ring_votes v ON v.id = s.id
    GROUP BY s.doctor_id, s.value
    HAVING count(DISTINCT s.id) >= %(least)s AND bool_or(v.is_open)
    ORDER BY s.doctor_id, s.value
"""

_TABLES = (
    *("ring_votes", "ring_voters", "ring_ballots", "ring_days", "ring_net_days", "ring_target_days", "ring_pairs"),
    *(
        "ring_pair_days",
        "ring_pair_browsers",
        "ring_nets",
        "ring_whole",
        "ring_hot",
        "ring_spans",
        "ring_bursts",
        "ring_suspects",
    ),
)
_CLEAR = f"DROP TABLE IF EXISTS {', '.join(_TABLES)}"

STEPS = (
    *(_CLEAR, _VOTES, "CREATE INDEX ON ring_votes (question_id)", "CREATE INDEX ON ring_votes (answer_id)"),
    *("ANALYZE ring_votes", _VOTERS, "ANALYZE ring_voters", _BALLOTS, "ANALYZE ring_ballots", *_DAYS),
    *("ANALYZE ring_days", "ANALYZE ring_net_days", "ANALYZE ring_target_days", _PAIRS_OF_NETS[0]),
    *("ANALYZE ring_pairs", *_PAIRS_OF_NETS[1:], "ANALYZE ring_pair_days", "ANALYZE ring_pair_browsers"),
    *(
        _NETWORKS,
        "ANALYZE ring_nets",
        _WHOLE,
        "ANALYZE ring_whole",
        _HOT,
        "ANALYZE ring_hot",
        _SPANS,
        "ANALYZE ring_spans",
        _BURSTS,
        _SUSPECTS,
    ),
    *(_ONE_BROWSER, _ONE_NETWORK, _NETWORKS_TOGETHER, _IN_BURSTS, _NEW_ACCOUNTS, _PAIRS, "ANALYZE ring_suspects"),
    *(_WHOLE_VOTERS, "ANALYZE ring_suspects"),
)
