-- The devices of people to which something is pushed, and up to where it was.

create table devices (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    -- With the end of the session that registered it a device falls silent.
    session_id uuid not null references sessions on delete cascade,
    platform text not null check (platform in ('fcm', 'apns', 'onesignal', 'webpush')),
    -- Under what the provider knows it, sealed; and a keyed digest of that, by which it is found.
    token_sealed bytea not null,
    token_digest bytea not null check (octet_length(token_digest) = 32),
    -- Of Apple's test environment.
    is_sandbox boolean not null default false,
    created_at timestamptz not null,
    -- When the application named it last.
    registered_at timestamptz not null,
    -- A device belongs to whoever signed in on it last.
    constraint devices_token unique (platform, token_digest)
);
create index devices_of_user on devices (user_id, registered_at desc);
create index devices_of_session on devices (session_id);

-- Up to which message the person's devices were told, so that nothing is told twice.
alter table members add column pushed_seq bigint not null default 0;
