-- What the service may do, if the database has a role dibs_service: read everything, append, change what may
-- change, and take off inventory what was folded. Migrations are the owner's. Run after each migration.
DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'dibs_service') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO dibs_service', current_schema());
        GRANT SELECT ON schema_migration TO dibs_service;
        GRANT SELECT, INSERT ON coupon, coupon_terms, coupon_inventory_history, coupon_inventory,
            registered_coupon, inventory_compaction, inventory_compaction_point TO dibs_service;
        GRANT UPDATE (name, description, starts_at, ends_at) ON coupon TO dibs_service;
        GRANT UPDATE (status) ON registered_coupon TO dibs_service;
        GRANT UPDATE (finished_at, is_frozen, events_in, events_out, steps, under_way, leader, leads_until)
            ON inventory_compaction TO dibs_service;
        GRANT DELETE ON coupon_inventory, inventory_compaction_point TO dibs_service;
        GRANT SELECT, INSERT ON shard, listed_registration, listed_coupon TO dibs_service;
        GRANT UPDATE (is_whole) ON shard TO dibs_service;
        GRANT UPDATE (status) ON listed_registration TO dibs_service;
        GRANT UPDATE (version, name, description, starts_at, ends_at) ON listed_coupon TO dibs_service;
        -- Nothing is updated there; but who takes a row to fill it locks it, and that takes this right.
        GRANT SELECT, INSERT, UPDATE, DELETE ON listing_due TO dibs_service;
    END IF;
END $$;
