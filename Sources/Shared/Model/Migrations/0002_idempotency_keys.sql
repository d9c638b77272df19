-- Answers to requests that bore an Idempotency-Key. Each was committed with the effect of its request.

create table idempotency_keys (
    user_id uuid not null references users on delete cascade,
    -- The method and the pattern of the path.
    route text not null,
    key text not null check (octet_length(key) between 1 and 255),
    -- Of path, query and body: tells another request under the same key.
    request_digest bytea not null check (octet_length(request_digest) = 32),
    status smallint not null check (status between 200 and 299),
    location text,
    body bytea not null,
    created_at timestamptz not null default now(),
    primary key (user_id, route, key)
);
create index idempotency_keys_by_age on idempotency_keys (created_at);
