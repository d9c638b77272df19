-- What operators have set for queues: pauses and limits. Redis, where workers look, has a copy, and gets it again after it
-- has lost its memory.
create table queue_settings (
    queue text not null,
    setting text not null,
    value text not null,
    changed_at timestamptz not null default now(),
    primary key (queue, setting)
);
