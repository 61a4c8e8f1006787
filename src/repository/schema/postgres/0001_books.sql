-- Coupons, their books, who holds what, and the record of the folds: the tables.
--
-- What stands here keeps to the SQL that PostgreSQL, Citus, YugabyteDB and CockroachDB share. The guards
-- that need triggers come in the next step; the keys and CHECKs here hold on every engine.
--
-- Times are microseconds since 1970-01-01T00:00:00Z, as every store of the project keeps them; read one
-- with to_timestamp(created_at / 1000000.0). Ids and times come from the application: there are no sequences.
-- `coupon_id` is in every key that has to be unique, so that the tables can be distributed by it.

CREATE TABLE coupon (
    id             bigint PRIMARY KEY CHECK (id > 0),
    name           text   NOT NULL,
    description    text   NOT NULL,
    starts_at      bigint NOT NULL,
    ends_at        bigint NOT NULL,
    limit_per_user bigint NOT NULL CHECK (limit_per_user > 0),
    created_at     bigint NOT NULL,
    CHECK (starts_at <= ends_at)
);

CREATE INDEX coupon_by_opening ON coupon (starts_at, id);

-- Every version of what was announced, and after which event of the stream it came into force.
CREATE TABLE coupon_terms (
    coupon_id      bigint NOT NULL,
    version        bigint NOT NULL CHECK (version > 0),
    after_sequence bigint NOT NULL CHECK (after_sequence >= 0),
    name           text   NOT NULL,
    description    text   NOT NULL,
    starts_at      bigint NOT NULL,
    ends_at        bigint NOT NULL,
    limit_per_user bigint NOT NULL,
    created_at     bigint NOT NULL,
    PRIMARY KEY (coupon_id, version)
);

-- Every inventory event ever. The key makes each append conditional: of two writers that believe in the
-- same head, one is refused, with a lock or without.
CREATE TABLE coupon_inventory_history (
    coupon_id    bigint NOT NULL,
    sequence     bigint NOT NULL CHECK (sequence > 0),
    kind         text   NOT NULL CHECK (kind IN ('issued', 'stocked', 'adjusted', 'returned')),
    amount       bigint NOT NULL CHECK (amount <> 0),
    stock_after  bigint NOT NULL CHECK (stock_after >= 0),
    issued_after bigint NOT NULL CHECK (issued_after >= 0),
    user_id      text   CHECK ((user_id IS NOT NULL) = (kind IN ('issued', 'returned'))),
    reason       text   NOT NULL DEFAULT '',
    created_at   bigint NOT NULL,
    PRIMARY KEY (coupon_id, sequence),
    CHECK (kind <> 'issued' OR amount = -1),
    CHECK (kind <> 'returned' OR amount = 1),
    CHECK (kind <> 'stocked' OR amount > 0)
);

-- The live events: what was not folded yet, and one cumulative event per coupon for all that was.
CREATE TABLE coupon_inventory (
    coupon_id     bigint  NOT NULL,
    sequence      bigint  NOT NULL CHECK (sequence > 0),
    is_cumulative boolean NOT NULL CHECK (is_cumulative = (kind = 'cumulative')),
    kind          text    NOT NULL CHECK (kind IN ('issued', 'stocked', 'adjusted', 'returned', 'cumulative')),
    amount        bigint  NOT NULL,
    stock_after   bigint  NOT NULL CHECK (stock_after >= 0),
    issued_after  bigint  NOT NULL CHECK (issued_after >= 0),
    user_id       text,
    reason        text    NOT NULL DEFAULT '',
    created_at    bigint  NOT NULL,
    PRIMARY KEY (coupon_id, sequence, is_cumulative)
);

-- One index serves the limit per user, the look for who holds what, and a user's listing. There is no index
-- led by coupon_id: with one, a planner that knows nothing of a new coupon scans all of it for every group.
-- What needs that order is in the history.
CREATE TABLE registered_coupon (
    user_id         text COLLATE "C" NOT NULL,
    coupon_id       bigint NOT NULL,
    nth             bigint NOT NULL CHECK (nth > 0),
    sequence        bigint NOT NULL CHECK (sequence > 0),
    rank            bigint NOT NULL CHECK (rank > 0),
    idempotency_key text,
    registered_at   bigint NOT NULL,
    status          text   NOT NULL CHECK (status IN ('active', 'returned')),
    PRIMARY KEY (user_id, coupon_id, nth)
);

CREATE TABLE inventory_compaction (
    run         bigint  PRIMARY KEY CHECK (run > 0),
    until       bigint  NOT NULL,
    trigger     text    NOT NULL CHECK (trigger IN ('scheduler', 'catch-up', 'operators', 'command')),
    started_at  bigint  NOT NULL,
    finished_at bigint,
    is_frozen   boolean NOT NULL DEFAULT false,
    events_in   bigint  NOT NULL DEFAULT 0,
    events_out  bigint  NOT NULL DEFAULT 0,
    steps       bigint  NOT NULL DEFAULT 0,
    -- True while it is under way, then NULL: of any number of runs, one is under way.
    under_way   boolean UNIQUE CHECK (under_way),
    -- Who folds, and until when nobody else may, by the database's clock.
    leader      text,
    leads_until bigint  NOT NULL DEFAULT 0,
    CHECK ((under_way IS NULL) = (finished_at IS NOT NULL))
);

-- How far each stream is folded in the run under way; a point goes when it has been reached.
CREATE TABLE inventory_compaction_point (
    run       bigint NOT NULL,
    coupon_id bigint NOT NULL,
    sequence  bigint NOT NULL,
    PRIMARY KEY (run, coupon_id)
);
