-- What an entry is, as the scheduler that declares it says, and how far it has been planned.
alter table cron_entries
    add column kind text not null,
    add column queue text not null,
    add column expression text not null,
    add column zone text not null,
    add column missed text not null,
    -- The newest occurrence that was dealt with, or when the entry was first seen; null before that.
    add column planned_through timestamptz,
    -- When there is something to do next; null when nothing comes any more.
    add column next_at timestamptz,
    -- The end of the last pause.
    add column resumed_at timestamptz,
    -- Somebody wants a run besides the planned ones.
    add column run_requested_at timestamptz,
    -- Since when no code declares it.
    add column withdrawn_at timestamptz;

alter table cron_occurrences
    drop constraint cron_occurrences_pkey,
    -- A run that somebody asked for, besides the planned ones.
    add column is_manual boolean not null default false,
    -- For a skip that stands for many: the newest of them.
    add column through_at timestamptz,
    add column reason text check (reason in ('policy', 'replaced', 'too_old', 'over_limit', 'paused')),
    -- The run that makes up for it.
    add column replaced_by timestamptz,
    add primary key (name, planned_at, is_manual),
    add check ((outcome = 'skipped') = (reason is not null)),
    add check ((outcome = 'skipped') = (through_at is not null)),
    add check ((reason = 'replaced') = (replaced_by is not null));

-- The schedulers that run. While two versions do, the declarations of the younger hold.
create table cron_schedulers (
    id uuid primary key,
    name text not null,
    started_at timestamptz not null default clock_timestamp(),
    alive_until timestamptz not null
);
