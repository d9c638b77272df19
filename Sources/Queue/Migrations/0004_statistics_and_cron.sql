-- Counters and histogram buckets of finished minutes, and their sums over longer spans.
create table job_statistics (
    -- Minutes that one row covers.
    span smallint not null check (span in (1, 5, 60)),
    queue text not null,
    starts_at timestamptz not null,
    kind text not null,
    measure text not null,
    amount bigint not null,
    primary key (span, queue, starts_at, kind, measure)
);
create index job_statistics_by_age on job_statistics (span, starts_at);

create table cron_entries (
    name text primary key,
    is_paused boolean not null default false,
    changed_at timestamptz not null default now()
);

-- One row for each planned moment that was dealt with, by whatever scheduler came first.
create table cron_occurrences (
    name text not null,
    planned_at timestamptz not null,
    outcome text not null check (outcome in ('enqueued', 'skipped')),
    job_id uuid,
    recorded_at timestamptz not null default now(),
    primary key (name, planned_at),
    check ((outcome = 'enqueued') = (job_id is not null))
);
create index cron_occurrences_by_age on cron_occurrences (recorded_at);
