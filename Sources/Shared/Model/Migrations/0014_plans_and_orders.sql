-- What there is to buy, what a plan allows, and who has ordered it.

create table plans (
    id text primary key check (id ~ '^[a-z][a-z0-9_]{1,31}$'),
    name text not null check (char_length(name) between 1 and 80),
    -- Whoever goes to a higher one upgrades.
    rank integer not null check (rank >= 0),
    trial_days integer not null default 0 check (trial_days between 0 and 90),
    is_offered boolean not null default true,
    constraint plans_rank unique (rank)
);

create table plan_features (
    plan_id text not null references plans on delete cascade,
    feature text not null check (feature ~ '^[a-z][a-z0-9_.]{1,63}$'),
    -- Null: without a limit. 0: not at all.
    amount bigint check (amount >= 0),
    primary key (plan_id, feature)
);

-- A price is never changed: another takes its place, so an order keeps the one that it was made with. Tax is included.
create table plan_prices (
    id uuid primary key,
    plan_id text not null references plans,
    cycle text not null check (cycle in ('monthly', 'yearly', 'lifetime')),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    amount bigint not null check (amount between 100 and 100000000000),
    created_at timestamptz not null default now(),
    withdrawn_at timestamptz
);
create unique index plan_prices_offered on plan_prices (plan_id, cycle, currency) where withdrawn_at is null;
create index plan_prices_of_plan on plan_prices (plan_id);

create table payment_orders (
    id uuid primary key,
    user_id uuid not null references users,
    -- What everybody outside calls it by.
    reference text not null check (reference ~ '^[A-Z0-9]{12,35}$'),
    -- The idempotency key of the request that made it, and a digest of what that asked for.
    client_key text,
    client_digest bytea,
    price_id uuid not null references plan_prices,
    plan_id text not null references plans,
    cycle text not null check (cycle in ('monthly', 'yearly', 'lifetime')),
    amount bigint not null check (amount >= 100),
    -- What was taken off for the rest of a lesser plan.
    credited bigint not null default 0 check (credited >= 0),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    provider text not null,
    provider_order_id text,
    payment_url text,
    upi_payload text,
    -- How to get to the payment where no address alone does it.
    checkout jsonb,
    -- Follows from the payments that providers have reported, and from the time.
    status text not null check (status in ('pending', 'paid', 'failed', 'expired', 'refunded')),
    billing_name text not null check (char_length(billing_name) between 1 and 120),
    billing_country text not null check (billing_country ~ '^[A-Z]{2}$'),
    billing_state text not null check (char_length(billing_state) between 1 and 60),
    billing_address text check (char_length(billing_address) <= 300),
    billing_gstin text check (billing_gstin ~ '^[0-9A-Z]{15}$'),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    changed_at timestamptz not null,
    paid_at timestamptz,
    constraint payment_orders_reference unique (reference),
    constraint payment_orders_client_key unique (user_id, client_key),
    constraint payment_orders_client_digest check ((client_key is null) = (client_digest is null))
);
create unique index payment_orders_of_provider on payment_orders (provider, provider_order_id)
where provider_order_id is not null;
create index payment_orders_of_person on payment_orders (user_id, id desc);
create index payment_orders_of_price on payment_orders (price_id);
create index payment_orders_of_plan on payment_orders (plan_id);
create index payment_orders_by_time on payment_orders (provider, created_at, id);

insert into plans (id, name, rank) values ('free', 'Free', 0), ('premium', 'Premium', 10), ('business', 'Business', 20);

insert into plan_features (plan_id, feature, amount) values
    ('free', 'files.bytes', 26214400), ('premium', 'files.bytes', 104857600), ('business', 'files.bytes', 524288000),
    ('free', 'storage.bytes', 5368709120), ('premium', 'storage.bytes', 53687091200),
    ('business', 'storage.bytes', 214748364800),
    ('free', 'ai.credits', 50), ('premium', 'ai.credits', 500), ('business', 'ai.credits', 2000),
    ('free', 'calls.participants', 10), ('premium', 'calls.participants', 50), ('business', 'calls.participants', 200);

insert into plan_prices (id, plan_id, cycle, currency, amount) values
    (gen_random_uuid(), 'premium', 'monthly', 'INR', 9900), (gen_random_uuid(), 'premium', 'yearly', 'INR', 99900),
    (gen_random_uuid(), 'premium', 'lifetime', 'INR', 299900),
    (gen_random_uuid(), 'premium', 'monthly', 'USD', 999), (gen_random_uuid(), 'premium', 'yearly', 'USD', 9999),
    (gen_random_uuid(), 'business', 'monthly', 'USD', 1999), (gen_random_uuid(), 'business', 'yearly', 'USD', 19999);
