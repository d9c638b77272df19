-- Accounts: who there is, how they prove it, where they are signed in, and what was done about it.

create table users (
    id uuid primary key,
    -- In lower case. Null once the account is deleted: the row stays, so that what others keep can still point to it.
    username text check (username ~ '^[a-z0-9][a-z0-9_.]{1,28}[a-z0-9]$'),
    -- In lower case.
    email text check (email = lower(email) and octet_length(email) between 3 and 254),
    email_verified_at timestamptz,
    -- The number sealed, and a keyed digest by which it is found.
    phone_sealed bytea,
    phone_digest bytea,
    role text not null default 'member' check (role in ('member', 'admin')),
    display_name text not null default '' check (char_length(display_name) <= 80),
    bio text not null default '' check (char_length(bio) <= 500),
    status_text text check (char_length(status_text) <= 140),
    status_emoji text check (char_length(status_emoji) <= 16),
    status_until timestamptz,
    -- What the person wants to be seen as; whether they are connected is known elsewhere.
    availability text not null default 'online' check (availability in ('online', 'away', 'dnd', 'offline')),
    last_seen_at timestamptz,
    -- Counts the changes that are the person's own: see user_changes.
    urev bigint not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    constraint users_email unique (email),
    constraint users_username unique (username),
    constraint users_phone unique (phone_digest),
    constraint users_named_until_deleted check ((deleted_at is null) = (username is not null)),
    constraint users_verified_address check (email is not null or email_verified_at is null),
    constraint users_phone_whole check ((phone_sealed is null) = (phone_digest is null))
);
create index users_search on users using gin (
    to_tsvector('simple', username || ' ' || translate(username, '._', '  ') || ' ' || display_name)
) where deleted_at is null;

create table credentials (
    user_id uuid primary key references users on delete cascade,
    password_hash text not null check (password_hash like '$argon2id$%'),
    changed_at timestamptz not null default now()
);

-- A device that is signed in. All refresh tokens that it ever gets are one family: each is made of the seed and its
-- generation with a key that is not in the database, so that none has to be stored.
create table sessions (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    method text not null check (method in ('registration', 'password', 'phone', 'reset', 'google', 'github', 'microsoft')),
    device text check (char_length(device) <= 120),
    address inet,
    seed bytea not null check (octet_length(seed) = 32),
    generation integer not null default 0 check (generation >= 0),
    rotated_at timestamptz not null,
    created_at timestamptz not null,
    last_used_at timestamptz not null,
    -- When it ends by itself: unless it is used, and in any case.
    idle_until timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz,
    end_reason text check (
        end_reason in ('logout', 'logout_everywhere', 'removed', 'reuse', 'password', 'reset', 'claimed', 'deletion')),
    constraint sessions_end_has_reason check ((ended_at is null) = (end_reason is null))
);
create index sessions_of_user on sessions (user_id, created_at desc);
-- The revocation list, and what is pruned.
create index sessions_ended on sessions (ended_at) where ended_at is not null;
create index sessions_idle on sessions (idle_until) where ended_at is null;

create table oauth_identities (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    provider text not null check (provider in ('google', 'github', 'microsoft')),
    subject text not null check (char_length(subject) between 1 and 255),
    -- As the provider said it last; for people to tell their identities apart.
    email text check (octet_length(email) <= 254),
    created_at timestamptz not null default now(),
    last_used_at timestamptz not null default now(),
    constraint oauth_identities_subject unique (provider, subject)
);
create index oauth_identities_of_user on oauth_identities (user_id);

-- A sign-in at a provider that is under way. State, nonce and verifier are made of the id with a key.
create table oauth_flows (
    id uuid primary key,
    provider text not null check (provider in ('google', 'github', 'microsoft')),
    -- Where the browser goes at the end, and what the application has to show for the outcome; null: the callback answers.
    redirect_uri text,
    code_challenge text,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    called_back_at timestamptz,
    -- Whom the provider has named, for the application that comes for it within a minute.
    subject text,
    email text,
    is_email_verified boolean,
    name text,
    collected_at timestamptz,
    constraint oauth_flows_proof check ((redirect_uri is null) = (code_challenge is null)),
    constraint oauth_flows_identity check (subject is null or called_back_at is not null)
);
create index oauth_flows_expiry on oauth_flows (expires_at);

create table totp_secrets (
    user_id uuid primary key references users on delete cascade,
    secret_sealed bytea not null,
    created_at timestamptz not null default now(),
    -- Until then nothing is asked for it.
    confirmed_at timestamptz,
    -- The time step of the code that was used last: no code is accepted twice.
    last_step bigint
);

create table backup_codes (
    user_id uuid not null references users on delete cascade,
    code_digest bytea not null,
    used_at timestamptz,
    primary key (user_id, code_digest)
);

-- What proves an address or a number, or is the half of a sign-in. The code itself is made of the id with a key: it stands
-- neither here nor in a job.
create table one_time_codes (
    id uuid primary key,
    purpose text not null check (
        purpose in ('verify_email', 'change_email', 'reset_password', 'phone', 'second_factor')),
    user_id uuid references users on delete cascade,
    -- The address that is proven by it.
    email text check (octet_length(email) <= 254),
    phone_sealed bytea,
    phone_digest bytea,
    -- Of a second factor: how the first one was given.
    method text,
    attempts_left smallint not null default 5 check (attempts_left >= 0),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
);
create index one_time_codes_of_user on one_time_codes (user_id, purpose) where user_id is not null;
create index one_time_codes_of_phone on one_time_codes (phone_digest, created_at desc) where phone_digest is not null;
create index one_time_codes_expiry on one_time_codes (expires_at);

create table user_settings (
    user_id uuid primary key references users on delete cascade,
    theme text not null default 'system' check (theme in ('system', 'light', 'dark')),
    language text not null default 'en' check (language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'),
    time_zone text not null default 'UTC' check (char_length(time_zone) between 1 and 64),
    message_sound text not null default 'default' check (char_length(message_sound) <= 64),
    call_sound text not null default 'default' check (char_length(call_sound) <= 64),
    vibration boolean not null default true,
    message_preview boolean not null default true,
    enter_sends boolean not null default true,
    -- Who sees what.
    last_seen text not null default 'everyone' check (last_seen in ('everyone', 'nobody')),
    photo text not null default 'everyone' check (photo in ('everyone', 'nobody')),
    status text not null default 'everyone' check (status in ('everyone', 'nobody')),
    read_receipts boolean not null default true,
    -- Whether a search finds the person by less than the whole username.
    searchable boolean not null default true,
    updated_at timestamptz not null default now()
);

-- What changed that is a person's own, so that their devices can catch up: one row for each thing, at its last change.
create table user_changes (
    user_id uuid not null references users on delete cascade,
    subject text not null,
    -- What of that kind; the person's own id where there is only one.
    subject_id uuid not null,
    urev bigint not null,
    changed_at timestamptz not null default now(),
    primary key (user_id, subject, subject_id)
);
create index user_changes_by_urev on user_changes (user_id, urev);

create table blocks (
    blocker_id uuid not null references users on delete cascade,
    blocked_id uuid not null references users on delete cascade,
    created_at timestamptz not null default now(),
    primary key (blocker_id, blocked_id),
    constraint blocks_other check (blocker_id <> blocked_id)
);
create index blocks_of_blocked on blocks (blocked_id);

create table audit_log (
    id uuid primary key,
    at timestamptz not null,
    action text not null,
    -- Who did it; null: nobody who is known.
    actor_id uuid references users,
    -- To whom.
    subject_id uuid references users,
    session_id uuid,
    address inet,
    user_agent text,
    request_id text,
    -- What else belongs to the action; open, as each has its own.
    details jsonb
);
create index audit_log_by_actor on audit_log (actor_id, id desc) where actor_id is not null;
create index audit_log_by_subject on audit_log (subject_id, id desc) where subject_id is not null;
create index audit_log_by_action on audit_log (action, id desc);

create table account_exports (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    requested_at timestamptz not null,
    finished_at timestamptz,
    expires_at timestamptz,
    bytes bigint,
    constraint account_exports_whole check (
        (finished_at is null) = (bytes is null) and (finished_at is null) = (expires_at is null))
);
-- One at a time.
create unique index account_exports_open on account_exports (user_id) where finished_at is null;
create index account_exports_of_user on account_exports (user_id, requested_at desc);
create index account_exports_expiry on account_exports (expires_at) where expires_at is not null;

create table account_export_parts (
    export_id uuid not null references account_exports on delete cascade,
    number integer not null,
    content bytea not null,
    primary key (export_id, number)
);

-- A wish to be deleted, and in the end the report of it.
create table account_deletions (
    user_id uuid primary key references users,
    requested_at timestamptz not null,
    due_at timestamptz not null,
    finished_at timestamptz,
    -- How many rows of what were removed.
    report jsonb,
    constraint account_deletions_report check ((finished_at is null) = (report is null))
);
