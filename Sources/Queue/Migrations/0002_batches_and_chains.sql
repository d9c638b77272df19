-- What a batch waits for are the rows of the outbox that name it: a set, never a counter that could drift.

create table batches (
    id uuid primary key,
    parent_id uuid references batches,
    description text not null,
    created_at timestamptz not null default now(),
    -- From then on only its own jobs may add to it.
    sealed_at timestamptz,
    -- When none of its jobs was left for the first time; when all of them had succeeded.
    completed_at timestamptz,
    succeeded_at timestamptz,
    cancelled_at timestamptz
);
create index batches_of_parent on batches (parent_id) where parent_id is not null;
create index batches_open on batches (id) where sealed_at is not null and completed_at is null and cancelled_at is null;
create index batches_failed on batches (id)
    where completed_at is not null and succeeded_at is null and cancelled_at is null;
create index batches_by_age on batches (created_at);

-- How many jobs each enqueue has added.
create table batch_additions (
    batch_id uuid not null references batches on delete cascade,
    id bigint generated always as identity,
    jobs integer not null,
    added_at timestamptz not null default now(),
    primary key (batch_id, id)
);

-- Jobs that ended otherwise than by success. A dead one that is retried leaves this table.
create table batch_failures (
    batch_id uuid not null references batches on delete cascade,
    job_id uuid not null,
    outcome text not null check (outcome in ('dead', 'cancelled', 'expired')),
    failed_at timestamptz not null default now(),
    primary key (batch_id, job_id)
);

-- Jobs that are enqueued when a batch is complete, and when all of it has succeeded. Their ids are fixed beforehand.
create table batch_callbacks (
    batch_id uuid not null references batches on delete cascade,
    event text not null check (event in ('complete', 'success')),
    id uuid not null,
    queue text not null,
    style smallint not null,
    kind text not null,
    envelope bytea not null,
    payload bytea,
    primary key (batch_id, event)
);

create table chains (
    id uuid primary key,
    description text not null,
    created_at timestamptz not null default now(),
    completed_at timestamptz,
    -- When a step ended otherwise than by success, and which.
    stopped_at timestamptz,
    stopped_by uuid,
    stopped_outcome text check (stopped_outcome in ('dead', 'cancelled', 'expired'))
);
create index chains_by_age on chains (created_at);

-- The steps that have not been enqueued yet.
create table chain_steps (
    chain_id uuid not null references chains on delete cascade,
    position integer not null,
    id uuid not null,
    queue text not null,
    style smallint not null,
    kind text not null,
    envelope bytea not null,
    payload bytea,
    primary key (chain_id, position)
);

-- New rows of these functions are given a few seconds in which their caller pushes them; then the relay does.

-- Ends a batch that waits for nothing any more, and those around it; answers the callbacks to push.
create function settle_batch(settled uuid) returns setof outbox
language plpgsql set enable_seqscan = off as $$
declare
    batch batches;
    has_failed boolean;
begin
    while settled is not null loop
        select * into batch from batches where id = settled for no key update;
        if not found or batch.sealed_at is null or batch.cancelled_at is not null or batch.succeeded_at is not null then
            return;
        end if;
        -- A new statement sees what was committed while we waited for the lock.
        if (select id from outbox where batch_id = settled order by id desc limit 1) is not null or exists (
            select from batches where parent_id = settled and completed_at is null and cancelled_at is null
        ) then
            return;
        end if;
        has_failed := exists (select from batch_failures where batch_id = settled)
            or exists (select from batches where parent_id = settled and succeeded_at is null);
        if has_failed and batch.completed_at is not null then
            return;
        end if;
        update batches
        set completed_at = coalesce(completed_at, now()), succeeded_at = case when not has_failed then now() end
        where id = settled;
        return query
            insert into outbox (id, queue, style, kind, envelope, payload, push_at)
            select c.id, c.queue, c.style, c.kind, c.envelope, c.payload, now() + interval '5 seconds'
            from batch_callbacks c
            where c.batch_id = settled
                and (c.event = 'complete' and batch.completed_at is null or c.event = 'success' and not has_failed)
            on conflict (id) do nothing
            returning *;
        settled := batch.parent_id;
    end loop;
end
$$;

-- Goes on with a chain whose step has ended; answers the next step to push.
create function advance_chain(advanced uuid, step uuid, outcome text) returns setof outbox
language plpgsql set enable_seqscan = off as $$
begin
    if outcome not in ('done', 'duplicate') then
        update chains c
        set stopped_at = now(), stopped_by = step, stopped_outcome = advance_chain.outcome
        where c.id = advanced;
        return;
    end if;
    return query
        with next as (
            delete from chain_steps s
            where s.chain_id = advanced
                and s.position = (select min(position) from chain_steps where chain_id = advanced)
            returning *
        )
        insert into outbox (id, queue, style, kind, envelope, payload, push_at, chain_id)
        select n.id, n.queue, n.style, n.kind, n.envelope, n.payload, now() + interval '5 seconds', n.chain_id
        from next n
        returning *;
    if not found then
        update chains set completed_at = now() where id = advanced;
    end if;
end
$$;

-- Ends jobs: their rows go, and what waited for them follows. Rows that are gone already change nothing. Answers what
-- is to be pushed now.
create function finish_jobs(finished uuid[], outcome text) returns setof outbox
language plpgsql set enable_seqscan = off as $$
declare
    touched uuid[];
    steps uuid[];
    chains uuid[];
begin
    with gone as (
        delete from outbox o where o.id = any (finished) returning o.id, o.batch_id, o.chain_id
    ), failures as (
        insert into batch_failures (batch_id, job_id, outcome)
        select g.batch_id, g.id, finish_jobs.outcome
        from gone g
        where g.batch_id is not null and finish_jobs.outcome not in ('done', 'duplicate')
        on conflict do nothing
    )
    select
        array_agg(distinct g.batch_id order by g.batch_id) filter (where g.batch_id is not null),
        array_agg(g.id order by g.chain_id) filter (where g.chain_id is not null),
        array_agg(g.chain_id order by g.chain_id) filter (where g.chain_id is not null)
    into touched, steps, chains
    from gone g;
    for i in 1 .. coalesce(cardinality(chains), 0) loop
        return query select * from advance_chain(chains[i], steps[i], outcome);
    end loop;
    for i in 1 .. coalesce(cardinality(touched), 0) loop
        return query select * from settle_touched_batch(touched[i]);
    end loop;
end
$$;

-- The same without a lock where so many are left that this cannot have been the end. Should all of them be ending at
-- this very moment elsewhere, the sweep finds the batch.
create function settle_touched_batch(touched uuid) returns setof outbox
language plpgsql set enable_seqscan = off as $$
begin
    if (select count(*) from (select from outbox where batch_id = touched order by id desc limit 500) left_over) < 500 then
        return query select * from settle_batch(touched);
    end if;
end
$$;

-- Ends the batches that nobody ended: the last job's transaction and its process may have died in between.
create function sweep_batches() returns setof outbox
language plpgsql as $$
declare
    idle uuid;
begin
    for idle in
        select b.id from batches b
        where b.sealed_at is not null and b.completed_at is null and b.cancelled_at is null
            and (select o.id from outbox o where o.batch_id = b.id order by o.id desc limit 1) is null
        union all
        select b.id from batches b
        where b.completed_at is not null and b.succeeded_at is null and b.cancelled_at is null
            and not exists (select from batch_failures f where f.batch_id = b.id)
        order by 1
    loop
        return query select * from settle_batch(idle);
    end loop;
end
$$;
