"""Who the seeded people are and what they do: SQL that makes them from their number alone.

Every random choice is a hash of a row's number, so a seed makes the same rows wherever it runs. Contacts are
spread evenly over two years, ids carry the time as in production; those who came early have done more.
"""

from __future__ import annotations

SHARES = {"@mail.": 0.45, "@post.": 0.10, "@acme.": 0.01}
"""Terms that stand in so many of the addresses."""
ONE_IN_10_000, ONE_ROW, NO_ROW = "lovelace", "ada.needle", "zqxj"

FUNCTIONS = (
    """
    CREATE FUNCTION pg_temp.chance(number bigint, choice int) RETURNS float8 LANGUAGE sql IMMUTABLE AS
    'SELECT (hashint8extended(number, choice) & 4503599627370495) / 4503599627370496.0::float8'
    """,
    """
    CREATE FUNCTION pg_temp.pick(options text[], chance float8) RETURNS text LANGUAGE sql IMMUTABLE AS
    'SELECT options[1 + floor(chance * cardinality(options))::int]'
    """,
    """
    CREATE FUNCTION pg_temp.moment(share float8, seeded_at timestamptz) RETURNS timestamptz LANGUAGE sql STABLE AS
    $$SELECT date_trunc('milliseconds', seeded_at - interval '730 days' * (1 - share), 'UTC')$$
    """,
    """
    CREATE FUNCTION pg_temp.id(number bigint, at timestamptz) RETURNS uuid LANGUAGE sql STABLE AS
    $$SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
        || lpad(to_hex(number & 4095), 3, '0') || '8' || substr(md5(number::text), 1, 15))::uuid$$
    """,
)

_CREATED = "pg_temp.moment((i - pg_temp.chance(i + {salt}, 1)) / {n}, {at})"

CONTACTS = """
    INSERT INTO contacts (project_id, id, email, subscribed, data, created_at, updated_at)
    SELECT {project}, pg_temp.id(k, created_at), email, pg_temp.chance(k, 2) < 0.9, data, created_at, created_at
    FROM (
        SELECT i, i + {salt} AS k, CREATED AS created_at FROM generate_series(1, {n}) AS i
    ) AS person, LATERAL (
        SELECT CASE WHEN i = {n} / 2 THEN 'ada.needle@mail.example' ELSE
            pg_temp.pick('{{anna,ben,carla,david,emma,felix,grace,henry,ines,jonas,kira,leon,mia,noah,olga,paul}}',
                pg_temp.chance(k, 3))
            || '.' || CASE WHEN i % 10000 = 777 THEN 'lovelace' ELSE
                pg_temp.pick('{{smith,meyer,garcia,rossi,novak,silva,kim,chen,larsen,dubois,kowalski,jansen}}',
                    pg_temp.chance(k, 4)) END
            || i || '@' || CASE
                WHEN pg_temp.chance(k, 5) < 0.45 THEN 'mail.example'
                WHEN pg_temp.chance(k, 5) < 0.55 THEN 'post.example'
                WHEN pg_temp.chance(k, 5) < 0.56 THEN 'acme.example'
                ELSE pg_temp.pick('{{inbox,office,studio,web,home,works,team,hello}}', pg_temp.chance(k, 6))
                    || '.example' END
        END AS email, jsonb_strip_nulls(jsonb_build_object(
            'plan', CASE
                WHEN pg_temp.chance(k, 7) < 0.60 THEN 'free'
                WHEN pg_temp.chance(k, 7) < 0.85 THEN 'starter'
                WHEN pg_temp.chance(k, 7) < 0.97 THEN 'pro'
                ELSE 'enterprise' END,
            'mrr', CASE WHEN pg_temp.chance(k, 8) >= 0.3 THEN floor(pg_temp.chance(k, 9) ^ 3 * 1000)::int END,
            'company', initcap(
                pg_temp.pick('{{north,south,blue,green,red,swift,bright,prime,alpine,urban,solar,vital,noble,lunar,'
                    'amber,ivory,rapid,quiet,grand,clear,iron,stone,river,ocean,cloud,silver,golden,royal}}',
                    pg_temp.chance(k, 10))
                || ' ' || pg_temp.pick('{{labs,works,foods,media,systems,trading,design,energy,health,travel,'
                    'garden,motors,books,music,sports,tools}}', pg_temp.chance(k, 11)))
                || ' ' || pg_temp.pick('{{GmbH,Inc.,Ltd,AG,"& Sons"}}', pg_temp.chance(k, 12)),
            'country', pg_temp.pick('{{US,US,US,US,US,US,DE,DE,DE,DE,GB,GB,GB,FR,FR,NL,ES,IT,PL,SE,CA,BR,IN,JP,AU}}',
                pg_temp.chance(k, 13)),
            'tags', to_jsonb(array_remove(ARRAY[
                CASE WHEN pg_temp.chance(k, 14) < 0.02 THEN 'vip' END,
                CASE WHEN pg_temp.chance(k, 15) < 0.3 THEN 'newsletter' END,
                pg_temp.pick('{{beta,webinar,fair,partner,trial,blog,podcast,referral}}', pg_temp.chance(k, 16))
            ], NULL)),
            'trialEndsAt', CASE WHEN pg_temp.chance(k, 17) < 0.4 THEN to_char(
                {at} + interval '730 days' * (pg_temp.chance(k, 18) - 0.5), 'YYYY-MM-DD') END,
            'active', pg_temp.chance(k, 19) < 0.7,
            'address', jsonb_build_object('city', pg_temp.pick(
                '{{Berlin,Hamburg,Paris,Lyon,London,Leeds,Madrid,Rome,Warsaw,Oslo,Boston,Austin,Denver,Tokyo,Delhi}}',
                pg_temp.chance(k, 20))),
            'zip', lpad((floor(pg_temp.chance(k, 21) * 20000) * 5)::int::text, 5, '0'),
            'score', floor(pg_temp.chance(k, 22) * 101)::int
        )) AS data
    ) AS details
""".replace("CREATED", _CREATED)

# The n-th event of N lies at n/N of the two years and belongs to anybody who was there by then.
EVENTS = """
    INSERT INTO events (project_id, id, contact_id, name, data, created_at)
    SELECT {project}, pg_temp.id(k, happened_at), pg_temp.id(i + {salt}, CREATED), name,
        CASE name
            WHEN 'purchase' THEN jsonb_build_object(
                'amount', floor(pg_temp.chance(k, 34) ^ 2 * 300)::int, 'currency', 'EUR')
            WHEN 'page_view' THEN jsonb_build_object('path', '/' || floor(pg_temp.chance(k, 34) * 500))
            ELSE '{{}}' END,
        happened_at
    FROM (
        SELECT e + {salt} AS k, pg_temp.moment((e - pg_temp.chance(e + {salt}, 31)) / {events}, {at}) AS happened_at,
            greatest(1, ceil(pg_temp.chance(e + {salt}, 32) * e * {n} / {events}))::bigint AS i,
            pg_temp.chance(e + {salt}, 33) AS kind
        FROM generate_series(1, {events}) AS e
    ) AS event, LATERAL (
        SELECT CASE
            WHEN kind < 0.400 THEN 'page_view' WHEN kind < 0.620 THEN 'login' WHEN kind < 0.740 THEN 'opened_app'
            WHEN kind < 0.820 THEN 'search' WHEN kind < 0.880 THEN 'add_to_cart' WHEN kind < 0.930 THEN 'purchase'
            WHEN kind < 0.960 THEN 'invite_sent' WHEN kind < 0.975 THEN 'upgrade'
            WHEN kind < 0.987 THEN 'support_ticket' WHEN kind < 0.997 THEN 'signed_up'
            WHEN kind < 0.999 THEN 'refund' ELSE 'joined_beta' END AS name
    ) AS named
""".replace("CREATED", _CREATED)

# In the order in which the rows would have come to be.
ACTIVITY = """
    INSERT INTO activity (project_id, contact_id, name, first_at, last_at, count)
    SELECT project_id, contact_id, name, min(created_at), max(created_at), count(*)
    FROM events WHERE project_id = {project} GROUP BY project_id, contact_id, name ORDER BY min(created_at)
"""

FIELDS = """
    INSERT INTO contact_fields (project_id, key, type, created_at)
    SELECT {project}, key, type, {at} FROM (VALUES
        ('plan', 'string'), ('mrr', 'number'), ('company', 'string'), ('country', 'string'), ('tags', 'list'),
        ('trialEndsAt', 'date'), ('active', 'boolean'), ('address', 'object'), ('zip', 'string'), ('score', 'number')
    ) AS field (key, type)
"""

EVENT_NAMES = """
    INSERT INTO event_names (project_id, name, created_at)
    SELECT {project}, name, min(first_at) FROM activity WHERE project_id = {project} GROUP BY name
"""
