-- What somebody wants done with many dead letters. A scheduler does it, page by page, and another goes on where one was
-- stopped.
create table letter_operations (
    id uuid primary key,
    action text not null check (action in ('retry', 'delete')),
    -- Which letters: as the API takes it.
    filter jsonb not null,
    -- Letters a second; null: as fast as it goes.
    per_second integer check (per_second > 0),
    -- How many there were at the beginning, or 10,000 where nobody knows and there were more.
    total bigint not null,
    done bigint not null default 0,
    -- Only letters that were there at the beginning: what dies again meanwhile is not taken twice.
    newest bigint not null,
    -- The last one that was looked at.
    last bigint not null default 0,
    -- Of whom nothing is known here but the name that the caller gives.
    asked_by text not null,
    created_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    cancelled_at timestamptz,
    -- Until when nobody else is to be at it.
    held_until timestamptz not null default clock_timestamp()
);
create index letter_operations_open on letter_operations (created_at) where finished_at is null;

-- How full the queues were: the most of each span.
create table queue_levels (
    -- Minutes that one row covers.
    span smallint not null check (span in (1, 5, 60)),
    queue text not null,
    starts_at timestamptz not null,
    ready bigint not null,
    due bigint not null,
    leased bigint not null,
    -- For how long the oldest of the ready jobs had waited.
    age_ms bigint not null,
    primary key (span, queue, starts_at)
);
create index queue_levels_by_age on queue_levels (span, starts_at);

-- Charts want all kinds together.
create index job_statistics_of_queues on job_statistics (span, queue, starts_at)
    include (measure, amount) where kind = '';
