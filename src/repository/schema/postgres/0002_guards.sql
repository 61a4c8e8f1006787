-- The guards: what is immutable stays so, whoever asks, the database's owner and its own shell included. (A
-- table's owner passes by all grants, and by no trigger.)
--
-- What is inserted is checked once per statement, over all of its rows: a check per row would cost more than
-- the rows. Each look names its row by a whole key, and the functions switch sequential scans off, since a
-- plan made on an empty table is kept while the table grows. A look within a condition is a subquery with a
-- LIMIT: of an EXISTS the planner may make a hash of the whole table, which no setting forbids.

-- History: appended at its head, and nothing else, ever.

CREATE FUNCTION coupon_inventory_history_grows_at_its_head() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM added
          LEFT JOIN coupon_inventory_history AS before
            ON before.coupon_id = added.coupon_id AND before.sequence = added.sequence - 1
         WHERE (added.sequence = 1) <> (before.sequence IS NULL)
            OR added.stock_after <> coalesce(before.stock_after, 0) + added.amount
            OR added.issued_after <> coalesce(before.issued_after, 0)
                                     + CASE WHEN added.kind = 'issued' THEN 1 ELSE 0 END)
    THEN
        RAISE EXCEPTION 'history: not the next event of its coupon, or its balance does not follow';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER coupon_inventory_history_grows_at_its_head
AFTER INSERT ON coupon_inventory_history REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION coupon_inventory_history_grows_at_its_head();

CREATE FUNCTION history_is_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'history is immutable and kept for ever: append an adjusting event instead';
END $$;

CREATE TRIGGER coupon_inventory_history_is_never_changed
BEFORE UPDATE OR DELETE OR TRUNCATE ON coupon_inventory_history
FOR EACH STATEMENT EXECUTE FUNCTION history_is_immutable();

-- Inventory: an event comes in at its stream's head and as history has it; it goes only when a cumulative
-- event at or after its place stands for it.

CREATE FUNCTION coupon_inventory_says_what_history_says() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM added
          LEFT JOIN coupon_inventory_history AS history
            ON history.coupon_id = added.coupon_id AND history.sequence = added.sequence
         WHERE history.sequence IS NULL
            OR history.stock_after <> added.stock_after OR history.issued_after <> added.issued_after
            OR history.created_at <> added.created_at
            OR added.is_cumulative AND (added.amount <> added.stock_after OR added.user_id IS NOT NULL)
            OR NOT added.is_cumulative
               AND (history.kind <> added.kind OR history.amount <> added.amount
                    OR history.user_id IS DISTINCT FROM added.user_id OR history.reason <> added.reason))
    THEN
        RAISE EXCEPTION 'inventory: history has no such event';
    END IF;
    IF EXISTS (
        SELECT 1 FROM (SELECT coupon_id, min(sequence) AS sequence, count(*) AS count FROM added
                        WHERE NOT is_cumulative GROUP BY coupon_id) AS first
         WHERE first.count <> (SELECT count(*) FROM coupon_inventory AS live
                                WHERE live.coupon_id = first.coupon_id
                                  AND live.sequence >= first.sequence))
    OR EXISTS (
        SELECT 1 FROM added
         WHERE added.is_cumulative AND (
                SELECT 1 FROM coupon_inventory AS live
                 WHERE live.coupon_id = added.coupon_id AND live.sequence = added.sequence
                   AND NOT live.is_cumulative
                 LIMIT 1) IS NULL)
    THEN
        RAISE EXCEPTION 'inventory: an event takes its place once';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER coupon_inventory_says_what_history_says
AFTER INSERT ON coupon_inventory REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION coupon_inventory_says_what_history_says();

CREATE FUNCTION coupon_inventory_is_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'inventory events are immutable: append an adjusting event instead';
END $$;

CREATE TRIGGER coupon_inventory_is_never_updated
BEFORE UPDATE OR TRUNCATE ON coupon_inventory
FOR EACH STATEMENT EXECUTE FUNCTION coupon_inventory_is_immutable();

CREATE FUNCTION coupon_inventory_goes_only_when_folded() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM (SELECT coupon_id,
                              max(sequence + CASE WHEN is_cumulative THEN 1 ELSE 0 END) AS sequence
                         FROM gone GROUP BY coupon_id) AS last
         WHERE (SELECT 1 FROM coupon_inventory AS live
                 WHERE live.coupon_id = last.coupon_id AND live.is_cumulative
                   AND live.sequence >= last.sequence
                 LIMIT 1) IS NULL)
    THEN
        RAISE EXCEPTION 'inventory events are deleted only by the compaction that folded them';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER coupon_inventory_goes_only_when_folded
AFTER DELETE ON coupon_inventory REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION coupon_inventory_goes_only_when_folded();

-- Who holds what, and since when: only the status may change.

CREATE FUNCTION registered_coupon_is_registered_once() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM added
          LEFT JOIN coupon_inventory_history AS history
            ON history.coupon_id = added.coupon_id AND history.sequence = added.sequence
         WHERE history.sequence IS NULL OR history.kind <> 'issued'
            OR history.user_id <> added.user_id OR history.issued_after <> added.rank
            OR history.created_at <> added.registered_at
            OR added.nth > 1 AND (
                SELECT 1 FROM registered_coupon AS other
                 WHERE other.user_id = added.user_id AND other.coupon_id = added.coupon_id
                   AND other.nth <> added.nth AND other.sequence = added.sequence
                 LIMIT 1) IS NOT NULL
            OR added.nth > 1 AND (
                SELECT 1 FROM registered_coupon AS other
                 WHERE other.user_id = added.user_id AND other.coupon_id = added.coupon_id
                   AND other.nth = added.nth - 1
                 LIMIT 1) IS NULL)
    THEN
        RAISE EXCEPTION 'registered coupon: taken already, or history has no such issue';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER registered_coupon_is_registered_once
AFTER INSERT ON registered_coupon REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION registered_coupon_is_registered_once();

CREATE FUNCTION registered_coupon_keeps_all_but_its_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF ROW(NEW.user_id, NEW.coupon_id, NEW.nth, NEW.sequence, NEW.rank, NEW.idempotency_key, NEW.registered_at)
       IS DISTINCT FROM
       ROW(OLD.user_id, OLD.coupon_id, OLD.nth, OLD.sequence, OLD.rank, OLD.idempotency_key, OLD.registered_at)
    THEN
        RAISE EXCEPTION 'of a registered coupon only the status may change';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER registered_coupon_keeps_all_but_its_status
BEFORE UPDATE ON registered_coupon
FOR EACH ROW EXECUTE FUNCTION registered_coupon_keeps_all_but_its_status();

CREATE FUNCTION registered_coupons_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'registered coupons are kept for ever';
END $$;

CREATE TRIGGER registered_coupon_is_never_deleted
BEFORE DELETE OR TRUNCATE ON registered_coupon
FOR EACH STATEMENT EXECUTE FUNCTION registered_coupons_are_kept();

-- Coupons: what isn't announced can't be changed, and what was announced stays on record.

CREATE FUNCTION coupon_keeps_its_limit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id <> OLD.id OR NEW.limit_per_user <> OLD.limit_per_user OR NEW.created_at <> OLD.created_at THEN
        RAISE EXCEPTION 'of a coupon only name, description and window may change';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER coupon_keeps_its_limit
BEFORE UPDATE ON coupon FOR EACH ROW EXECUTE FUNCTION coupon_keeps_its_limit();

CREATE FUNCTION coupons_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'coupons are kept for ever';
END $$;

CREATE TRIGGER coupon_is_never_deleted
BEFORE DELETE OR TRUNCATE ON coupon FOR EACH STATEMENT EXECUTE FUNCTION coupons_are_kept();

CREATE FUNCTION coupon_terms_grow_at_their_head() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.version <> 1 + coalesce(
            (SELECT max(version) FROM coupon_terms WHERE coupon_id = NEW.coupon_id), 0)
    OR NEW.after_sequence <> coalesce(
            (SELECT max(sequence) FROM coupon_inventory_history WHERE coupon_id = NEW.coupon_id), 0)
    THEN
        RAISE EXCEPTION 'terms: not the next version of their coupon, or not from its head on';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER coupon_terms_grow_at_their_head
BEFORE INSERT ON coupon_terms FOR EACH ROW EXECUTE FUNCTION coupon_terms_grow_at_their_head();

CREATE FUNCTION coupon_terms_are_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'terms that were in force are immutable and kept for ever';
END $$;

CREATE TRIGGER coupon_terms_are_never_changed
BEFORE UPDATE OR DELETE OR TRUNCATE ON coupon_terms
FOR EACH STATEMENT EXECUTE FUNCTION coupon_terms_are_immutable();
