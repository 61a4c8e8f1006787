-- Coupons, their books, who holds what, and the record of the folds.
--
-- Times are microseconds since 1970-01-01T00:00:00Z. The application decides; what stands here are guards:
-- keys that two writers cannot both take, CHECKs that no sum can pass, and triggers that keep what is
-- immutable from being changed by anybody, the database's own shell included.
--
-- Where an insert of the hot path is checked for more than two values, the comparisons are spelled out: for
-- `IN` SQLite would build a table of the values at each insert, which was an eighth of an issue's cost.
--
-- What refuses an insert of the hot path ends the whole transaction (RAISE(ROLLBACK)). Were it to take back
-- one statement only, SQLite would copy each page before each insert, to be able to: measured, another eighth.

CREATE TABLE coupon (
    id             INTEGER PRIMARY KEY CHECK (id > 0),
    name           TEXT    NOT NULL,
    description    TEXT    NOT NULL,
    starts_at      INTEGER NOT NULL,
    ends_at        INTEGER NOT NULL,
    limit_per_user INTEGER NOT NULL CHECK (limit_per_user > 0),
    created_at     INTEGER NOT NULL,
    CHECK (starts_at <= ends_at)
) STRICT;

CREATE INDEX coupon_by_opening ON coupon (starts_at, id);

-- Every version of what was announced, and after which event of the stream it came into force.
CREATE TABLE coupon_terms (
    coupon_id      INTEGER NOT NULL,
    version        INTEGER NOT NULL CHECK (version > 0),
    after_sequence INTEGER NOT NULL CHECK (after_sequence >= 0),
    name           TEXT    NOT NULL,
    description    TEXT    NOT NULL,
    starts_at      INTEGER NOT NULL,
    ends_at        INTEGER NOT NULL,
    limit_per_user INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    PRIMARY KEY (coupon_id, version)
) STRICT, WITHOUT ROWID;

-- Every inventory event ever. The key makes each append conditional: of two writers that believe in the
-- same head, one is refused.
CREATE TABLE coupon_inventory_history (
    coupon_id    INTEGER NOT NULL,
    sequence     INTEGER NOT NULL CHECK (sequence > 0),
    kind         TEXT    NOT NULL
                 CHECK (kind = 'issued' OR kind = 'stocked' OR kind = 'adjusted' OR kind = 'returned'),
    amount       INTEGER NOT NULL CHECK (amount <> 0),
    stock_after  INTEGER NOT NULL CHECK (stock_after >= 0),
    issued_after INTEGER NOT NULL CHECK (issued_after >= 0),
    user_id      TEXT    CHECK ((user_id IS NOT NULL) = (kind IN ('issued', 'returned'))),
    reason       TEXT    NOT NULL DEFAULT '',
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (coupon_id, sequence),
    CHECK (kind <> 'issued' OR amount = -1),
    CHECK (kind <> 'returned' OR amount = 1),
    CHECK (kind <> 'stocked' OR amount > 0)
) STRICT, WITHOUT ROWID;

-- The live events: what was not folded yet, and one cumulative event per coupon for all that was.
CREATE TABLE coupon_inventory (
    coupon_id     INTEGER NOT NULL,
    sequence      INTEGER NOT NULL CHECK (sequence > 0),
    is_cumulative INTEGER NOT NULL CHECK (is_cumulative = (kind = 'cumulative')),
    kind          TEXT    NOT NULL
                  CHECK (kind = 'issued' OR kind = 'stocked' OR kind = 'adjusted' OR kind = 'returned'
                         OR kind = 'cumulative'),
    amount        INTEGER NOT NULL,
    stock_after   INTEGER NOT NULL CHECK (stock_after >= 0),
    issued_after  INTEGER NOT NULL CHECK (issued_after >= 0),
    user_id       TEXT,
    reason        TEXT    NOT NULL DEFAULT '',
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (coupon_id, sequence, is_cumulative)
) STRICT, WITHOUT ROWID;

-- For the guard on deletes below: without it each deleted event would walk all the live ones after it.
CREATE INDEX coupon_inventory_by_cumulative ON coupon_inventory (coupon_id, sequence)
    WHERE is_cumulative = 1;

-- One tree serves the limit per user, the look for who holds what, and a user's listing.
CREATE TABLE registered_coupon (
    user_id         TEXT    NOT NULL,
    coupon_id       INTEGER NOT NULL,
    nth             INTEGER NOT NULL CHECK (nth > 0),
    sequence        INTEGER NOT NULL CHECK (sequence > 0),
    rank            INTEGER NOT NULL CHECK (rank > 0),
    idempotency_key TEXT,
    registered_at   INTEGER NOT NULL,
    status          TEXT    NOT NULL CHECK (status IN ('active', 'returned')),
    PRIMARY KEY (user_id, coupon_id, nth)
) STRICT, WITHOUT ROWID;

CREATE TABLE inventory_compaction (
    run         INTEGER PRIMARY KEY,
    until       INTEGER NOT NULL,
    trigger     TEXT    NOT NULL CHECK (trigger IN ('scheduler', 'catch-up', 'operators', 'command')),
    started_at  INTEGER NOT NULL,
    finished_at INTEGER,
    is_frozen   INTEGER NOT NULL DEFAULT 0,
    events_in   INTEGER NOT NULL DEFAULT 0,
    events_out  INTEGER NOT NULL DEFAULT 0,
    steps       INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Of any number of runs, one is under way.
CREATE UNIQUE INDEX inventory_compaction_under_way ON inventory_compaction ((1))
    WHERE finished_at IS NULL;

-- How far each stream is folded in the run under way; a point goes when it has been reached.
CREATE TABLE inventory_compaction_point (
    run       INTEGER NOT NULL,
    coupon_id INTEGER NOT NULL,
    sequence  INTEGER NOT NULL,
    PRIMARY KEY (run, coupon_id)
) STRICT, WITHOUT ROWID;


-- History: appended at its head, and nothing else, ever. A trigger on INSERT is needed because INSERT OR
-- REPLACE deletes without firing triggers on DELETE.

CREATE TRIGGER coupon_inventory_history_grows_at_its_head
BEFORE INSERT ON coupon_inventory_history
WHEN coalesce(
        (SELECT sequence <> NEW.sequence - 1
             OR stock_after <> NEW.stock_after - NEW.amount
             OR issued_after <> NEW.issued_after - (NEW.kind = 'issued')
           FROM coupon_inventory_history WHERE coupon_id = NEW.coupon_id
          ORDER BY sequence DESC LIMIT 1),
        NEW.sequence <> 1 OR NEW.stock_after <> NEW.amount OR NEW.issued_after <> 0)
BEGIN
    SELECT RAISE(ROLLBACK,
                 'history: not the next event of its coupon, or its balance does not follow');
END;

CREATE TRIGGER coupon_inventory_history_is_never_updated
BEFORE UPDATE ON coupon_inventory_history
BEGIN
    SELECT RAISE(ABORT, 'history is immutable: append an adjusting event instead');
END;

CREATE TRIGGER coupon_inventory_history_is_never_deleted
BEFORE DELETE ON coupon_inventory_history
BEGIN
    SELECT RAISE(ABORT, 'history is kept for ever');
END;


-- Inventory: an event comes in at its stream's head and as history has it; it goes only when a cumulative
-- event at or after its place stands for it.

CREATE TRIGGER coupon_inventory_grows_at_its_head_as_history_says
BEFORE INSERT ON coupon_inventory
WHEN NOT EXISTS (
        SELECT 1 FROM coupon_inventory_history AS history
         WHERE history.coupon_id = NEW.coupon_id AND history.sequence = NEW.sequence
           AND history.stock_after = NEW.stock_after AND history.issued_after = NEW.issued_after
           AND history.created_at = NEW.created_at
           AND (NEW.kind = 'cumulative' AND NEW.amount = NEW.stock_after AND NEW.user_id IS NULL
                OR history.kind = NEW.kind AND history.amount = NEW.amount
                   AND history.user_id IS NEW.user_id AND history.reason = NEW.reason))
  OR NEW.kind <> 'cumulative' AND EXISTS (
        SELECT 1 FROM coupon_inventory WHERE coupon_id = NEW.coupon_id AND sequence >= NEW.sequence)
  OR NEW.kind = 'cumulative' AND NOT EXISTS (
        SELECT 1 FROM coupon_inventory
         WHERE coupon_id = NEW.coupon_id AND sequence = NEW.sequence AND is_cumulative = 0)
BEGIN
    SELECT RAISE(ROLLBACK,
                 'inventory: history has no such event, or it is live: an event takes its place once');
END;

CREATE TRIGGER coupon_inventory_is_never_updated
BEFORE UPDATE ON coupon_inventory
BEGIN
    SELECT RAISE(ABORT, 'inventory events are immutable: append an adjusting event instead');
END;

CREATE TRIGGER coupon_inventory_goes_only_when_folded
BEFORE DELETE ON coupon_inventory
WHEN NOT EXISTS (
        SELECT 1 FROM coupon_inventory
         WHERE coupon_id = OLD.coupon_id AND is_cumulative = 1
           AND sequence >= OLD.sequence + OLD.is_cumulative)
BEGIN
    SELECT RAISE(ABORT, 'inventory events are deleted only by the compaction that folded them');
END;


-- Who holds what, and since when: only the status may change.

CREATE TRIGGER registered_coupon_is_registered_once
BEFORE INSERT ON registered_coupon
WHEN EXISTS (
        SELECT 1 FROM registered_coupon
         WHERE user_id = NEW.user_id AND coupon_id = NEW.coupon_id
           AND (nth = NEW.nth OR sequence = NEW.sequence))
  OR NOT EXISTS (
        SELECT 1 FROM coupon_inventory_history AS history
         WHERE history.coupon_id = NEW.coupon_id AND history.sequence = NEW.sequence
           AND history.kind = 'issued' AND history.user_id = NEW.user_id
           AND history.issued_after = NEW.rank AND history.created_at = NEW.registered_at)
BEGIN
    SELECT RAISE(ROLLBACK, 'registered coupon: taken already, or history has no such issue');
END;

CREATE TRIGGER registered_coupon_keeps_all_but_its_status
BEFORE UPDATE ON registered_coupon
WHEN NEW.user_id <> OLD.user_id OR NEW.coupon_id <> OLD.coupon_id OR NEW.nth <> OLD.nth
  OR NEW.sequence <> OLD.sequence OR NEW.rank <> OLD.rank
  OR NEW.idempotency_key IS NOT OLD.idempotency_key OR NEW.registered_at <> OLD.registered_at
BEGIN
    SELECT RAISE(ABORT, 'of a registered coupon only the status may change');
END;

CREATE TRIGGER registered_coupon_is_never_deleted
BEFORE DELETE ON registered_coupon
BEGIN
    SELECT RAISE(ABORT, 'registered coupons are kept for ever');
END;


-- Coupons: what isn't announced can't be changed, and what was announced stays on record.

CREATE TRIGGER coupon_is_created_once
BEFORE INSERT ON coupon
WHEN EXISTS (SELECT 1 FROM coupon WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'coupon: taken already');
END;

CREATE TRIGGER coupon_keeps_its_limit
BEFORE UPDATE ON coupon
WHEN NEW.id <> OLD.id OR NEW.limit_per_user <> OLD.limit_per_user OR NEW.created_at <> OLD.created_at
BEGIN
    SELECT RAISE(ABORT, 'of a coupon only name, description and window may change');
END;

CREATE TRIGGER coupon_is_never_deleted
BEFORE DELETE ON coupon
BEGIN
    SELECT RAISE(ABORT, 'coupons are kept for ever');
END;

CREATE TRIGGER coupon_terms_grow_at_their_head
BEFORE INSERT ON coupon_terms
WHEN NEW.version <> 1 + coalesce(
        (SELECT max(version) FROM coupon_terms WHERE coupon_id = NEW.coupon_id), 0)
  OR NEW.after_sequence <> coalesce(
        (SELECT max(sequence) FROM coupon_inventory_history WHERE coupon_id = NEW.coupon_id), 0)
BEGIN
    SELECT RAISE(ABORT, 'terms: not the next version of their coupon, or not from its head on');
END;

CREATE TRIGGER coupon_terms_are_never_updated
BEFORE UPDATE ON coupon_terms
BEGIN
    SELECT RAISE(ABORT, 'terms that were in force are immutable');
END;

CREATE TRIGGER coupon_terms_are_never_deleted
BEFORE DELETE ON coupon_terms
BEGIN
    SELECT RAISE(ABORT, 'terms that were in force are kept for ever');
END;
