-- For a store that is several plain servers: which of them this is, and the listings by user. A server alone
-- leaves all of it empty.

-- One row, written once, before the first coupon: the store's own name, this server's place in it, and, later,
-- that all places were taken. Whoever opens the store holds its list of servers against it.
CREATE TABLE shard (
    is_this  boolean PRIMARY KEY CHECK (is_this),
    store    text    NOT NULL,
    place    bigint  NOT NULL CHECK (place >= 0 AND place < count),
    count    bigint  NOT NULL CHECK (count > 1),
    is_whole boolean NOT NULL DEFAULT false
);

-- What was written here and is not in the listings yet. A row comes with the transaction that it tells of, and
-- goes when the listings have it: so whatever is not in the listings is found through this.
--   registered: the registrations at first_sequence to last_sequence; number is the last one
--   returned:   the one at first_sequence, which is number, too
--   terms:      version number of the coupon's terms
-- marks has a bit for each user whom it concerns, one of 64 by a hash of the name: who isn't marked has nothing
-- to look for here.
CREATE TABLE listing_due (
    coupon_id      bigint NOT NULL,
    change         text   NOT NULL CHECK (change IN ('registered', 'returned', 'terms')),
    number         bigint NOT NULL,
    first_sequence bigint NOT NULL,
    last_sequence  bigint NOT NULL,
    marks          bigint NOT NULL,
    PRIMARY KEY (coupon_id, change, number)
);

-- The listings of those users whose place this is: copies, in the order in which they are listed. What is so is
-- in registered_coupon, with the coupon.
CREATE TABLE listed_registration (
    user_id         text COLLATE "C" NOT NULL,
    registered_at   bigint NOT NULL,
    coupon_id       bigint NOT NULL,
    sequence        bigint NOT NULL,
    nth             bigint NOT NULL,
    rank            bigint NOT NULL,
    idempotency_key text,
    status          text   NOT NULL CHECK (status IN ('active', 'returned')),
    PRIMARY KEY (user_id, registered_at, coupon_id, sequence)
);

-- The coupons that they are of, as announced in `version` of their terms.
CREATE TABLE listed_coupon (
    id             bigint PRIMARY KEY,
    version        bigint NOT NULL,
    name           text   NOT NULL,
    description    text   NOT NULL,
    starts_at      bigint NOT NULL,
    ends_at        bigint NOT NULL,
    limit_per_user bigint NOT NULL,
    created_at     bigint NOT NULL
);
