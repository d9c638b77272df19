-- Jobs that failed for good. A retry marks the row; only deleting and retention remove it.

create table dead_letters (
    id bigint generated always as identity primary key,
    job_id uuid not null,
    -- Which of the job's deaths it is, from 1.
    death smallint not null,
    queue text not null,
    style smallint not null,
    kind text not null,
    job_key text,
    priority smallint not null,
    -- As it died; what could not be read as an envelope lies here as it was, with the reason as its last error.
    envelope bytea not null,
    is_readable boolean not null,
    payload bytea,
    attempts smallint not null,
    crashes smallint not null,
    errors jsonb not null,
    error_type text not null,
    last_error text not null,
    -- The same for what failed alike: kind, type of the error, shape of its text.
    fingerprint text not null,
    enqueued_at timestamptz not null,
    died_at timestamptz not null default now(),
    retried_at timestamptz,
    batch_id uuid,
    chain_id uuid,
    words tsvector generated always as (to_tsvector('simple', last_error)) stored,
    unique (job_id, death)
);
create index dead_letters_by_queue on dead_letters (queue, died_at, id);
create index dead_letters_by_kind on dead_letters (kind, died_at, id);
create index dead_letters_by_error on dead_letters (error_type, died_at, id);
create index dead_letters_by_fingerprint on dead_letters (fingerprint, died_at, id);
create index dead_letters_by_key on dead_letters (job_key, died_at, id) where job_key is not null;
create index dead_letters_by_time on dead_letters (died_at, id);
create index dead_letters_by_words on dead_letters using gin (words);

-- How many wait of each group: kept exact by the triggers below, so that nobody counts a million rows.
create table dead_letter_groups (
    fingerprint text not null,
    queue text not null,
    kind text not null,
    error_type text not null,
    sample text not null,
    waiting bigint not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    primary key (fingerprint, queue)
);
create index dead_letter_groups_by_time on dead_letter_groups (last_at desc);

-- Groups are always locked in the order of their keys.
create function count_added_dead_letters() returns trigger language plpgsql as $$
begin
    insert into dead_letter_groups as g (fingerprint, queue, kind, error_type, sample, waiting, first_at, last_at)
    select fingerprint, queue, min(kind), min(error_type), max(last_error), count(*), min(died_at), max(died_at)
    from added
    where retried_at is null
    group by fingerprint, queue
    order by fingerprint, queue
    on conflict (fingerprint, queue) do update set
        waiting = g.waiting + excluded.waiting, sample = excluded.sample,
        first_at = least(g.first_at, excluded.first_at), last_at = greatest(g.last_at, excluded.last_at);
    return null;
end
$$;

create function count_removed_dead_letters() returns trigger language plpgsql as $$
declare
    part record;
begin
    for part in
        select fingerprint, queue, count(*) as n from removed where retried_at is null
        group by fingerprint, queue order by fingerprint, queue
    loop
        update dead_letter_groups set waiting = waiting - part.n
        where fingerprint = part.fingerprint and queue = part.queue;
        delete from dead_letter_groups
        where fingerprint = part.fingerprint and queue = part.queue and waiting <= 0;
    end loop;
    return null;
end
$$;

create function count_changed_dead_letters() returns trigger language plpgsql as $$
declare
    part record;
begin
    for part in
        select fingerprint, queue, sum(n) as n
        from (
            select fingerprint, queue, -1 as n from removed where retried_at is null
            union all
            select fingerprint, queue, 1 from added where retried_at is null
        ) both_sides
        group by fingerprint, queue having sum(n) <> 0 order by fingerprint, queue
    loop
        update dead_letter_groups set waiting = waiting + part.n
        where fingerprint = part.fingerprint and queue = part.queue;
        delete from dead_letter_groups
        where fingerprint = part.fingerprint and queue = part.queue and waiting <= 0;
    end loop;
    return null;
end
$$;

create trigger dead_letters_added after insert on dead_letters
    referencing new table as added for each statement execute function count_added_dead_letters();
create trigger dead_letters_removed after delete on dead_letters
    referencing old table as removed for each statement execute function count_removed_dead_letters();
create trigger dead_letters_changed after update on dead_letters
    referencing old table as removed new table as added for each statement execute function count_changed_dead_letters();

-- What retention has dropped: never without a row here.
create table dead_letter_prunings (
    id bigint generated always as identity primary key,
    pruned_at timestamptz not null default now(),
    reason text not null check (reason in ('age', 'count')),
    queue text not null,
    kind text not null,
    letters bigint not null,
    oldest timestamptz not null,
    newest timestamptz not null
);
