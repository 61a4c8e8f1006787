-- Distributes a store of Dibs over the workers of a Citus cluster: each coupon, with everything that
-- belongs to it, lies on one shard, so that issuing it stays one transaction on one worker.
--
--   dibs migrate --store postgresql://dibs_owner@coordinator/dibs
--   psql --single-transaction --file deploy/citus/distribute.sql postgresql://dibs_owner@coordinator/dibs
--
-- On an empty store, right after the migration. Tried with Citus 13.2 on PostgreSQL 15 were the hot path's
-- statements in prototypes; this binary's fold and listings were not run on Citus. Rehearse before you rely
-- on it.
\set ON_ERROR_STOP on

-- The guards are triggers that look at a statement's rows together and at other tables; Citus takes no
-- triggers on distributed tables (citus.enable_unsafe_triggers lets some through, but not their
-- transition tables). What is left of the guards: the keys, which make every append conditional, the CHECKs
-- (a stock below zero can't be written), and the grants: connect as dibs_service, never as the owner, who
-- passes by all grants. `dibs verify` finds what a guard would have refused.
DROP TRIGGER coupon_inventory_history_grows_at_its_head ON coupon_inventory_history;
DROP TRIGGER coupon_inventory_history_is_never_changed ON coupon_inventory_history;
DROP TRIGGER coupon_inventory_says_what_history_says ON coupon_inventory;
DROP TRIGGER coupon_inventory_is_never_updated ON coupon_inventory;
DROP TRIGGER coupon_inventory_goes_only_when_folded ON coupon_inventory;
DROP TRIGGER registered_coupon_is_registered_once ON registered_coupon;
DROP TRIGGER registered_coupon_keeps_all_but_its_status ON registered_coupon;
DROP TRIGGER registered_coupon_is_never_deleted ON registered_coupon;
DROP TRIGGER coupon_keeps_its_limit ON coupon;
DROP TRIGGER coupon_is_never_deleted ON coupon;
DROP TRIGGER coupon_terms_grow_at_their_head ON coupon_terms;
DROP TRIGGER coupon_terms_are_never_changed ON coupon_terms;

-- `coupon` is distributed and no reference table: FOR UPDATE on a reference table locks its copies in the
-- whole cluster.
SELECT create_distributed_table('coupon', 'id', shard_count => 32, colocate_with => 'none');
SELECT create_distributed_table('coupon_terms', 'coupon_id', colocate_with => 'coupon');
SELECT create_distributed_table('coupon_inventory_history', 'coupon_id', colocate_with => 'coupon');
SELECT create_distributed_table('coupon_inventory', 'coupon_id', colocate_with => 'coupon');
SELECT create_distributed_table('registered_coupon', 'coupon_id', colocate_with => 'coupon');

-- The record of the folds is small, and is locked by nobody who issues: it stays on the coordinator, as
-- schema_migration does. (So do the tables for a store on several plain servers, which are empty here.)
