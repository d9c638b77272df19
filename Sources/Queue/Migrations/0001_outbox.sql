-- Durable jobs. A row stays until its job is done, cancelled, expired, or stored as dead.

-- Processes that enqueue durably. They write rows as pushed and push after the commit; a row of this table that is not
-- renewed tells the relay that its writer may have died in between.
create table outbox_writers (
    id integer generated always as identity primary key,
    name text not null,
    alive_until timestamptz not null,
    -- All rows of the writer with smaller ids have been pushed for certain.
    pushed_before uuid not null
);

create table outbox (
    id uuid primary key,
    queue text not null,
    style smallint not null check (style between 0 and 2),
    kind text not null,
    envelope bytea not null,
    -- What is too large for Redis; the envelope then has none.
    payload bytea,
    -- How the unique key is taken: null not, 0 held, -1 debounce, else for so many milliseconds.
    claim bigint,
    -- When it may run; null is at once.
    run_at timestamptz,
    -- When the relay shall push it; null once it is in Redis, or trusted to get there.
    push_at timestamptz,
    writer integer,
    batch_id uuid,
    chain_id uuid
) with (
    fillfactor = 90, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0
);

-- The relay's work.
create index outbox_to_push on outbox (push_at) where push_at is not null;
-- What a batch still waits for; looked at from its newest job, as those end last.
create index outbox_of_batch on outbox (batch_id, id) where batch_id is not null;
create index outbox_of_chain on outbox (chain_id) where chain_id is not null;

-- What Redis answers when asked for a queue's epoch; anything else means that it lost its memory.
create table queue_epochs (
    queue text primary key,
    epoch text not null,
    changed_at timestamptz not null default now()
);

-- Payloads that are too large for Redis, of volatile jobs.
create table job_payloads (
    id uuid primary key,
    payload bytea not null,
    created_at timestamptz not null default now()
);
create index job_payloads_by_age on job_payloads (created_at);
