-- What is known of addresses that mail does not reach, who was written of missed messages, and what is reported daily.

create table mail_suppressions (
    email text primary key check (octet_length(email) between 3 and 254),
    -- What the mail server said last.
    reply text not null,
    failures integer not null check (failures > 0),
    updated_at timestamptz not null,
    -- Until then nothing is sent there. Null: it failed, but not often enough.
    suppressed_until timestamptz
);
create index mail_suppressions_by_time on mail_suppressions (updated_at);

create table digests (
    user_id uuid primary key references users on delete cascade,
    -- What came up to then, the person was told of; and no other one is sent for a while.
    sent_at timestamptz not null
);

create table daily_reports (
    kind text not null,
    day date not null,
    report jsonb not null,
    made_at timestamptz not null,
    primary key (kind, day)
);
