-- Messages that are sent later, and what people are told of inside the application.

create table scheduled_messages (
    id uuid primary key,
    conversation_id uuid not null,
    sender_id uuid not null,
    client_id text check (octet_length(client_id) between 1 and 64),
    type text not null,
    content text not null check (char_length(content) <= 10000),
    -- What the type has besides, as it was given: a repetition is told by it.
    metadata text,
    reply_to_id uuid,
    thread_root_id uuid,
    lifetime_seconds bigint check (lifetime_seconds > 0),
    send_at timestamptz not null,
    created_at timestamptz not null,
    -- From then on it cannot be taken back.
    started_at timestamptz,
    -- Why it could not be sent.
    failure text,
    constraint scheduled_messages_client_id unique (conversation_id, sender_id, client_id),
    foreign key (conversation_id, sender_id) references members on delete cascade
);
create index scheduled_messages_by_time on scheduled_messages (conversation_id, sender_id, send_at, id);

alter table members
    -- Of what in it the person wants to be notified.
    add column notified_of text not null default 'all' check (notified_of in ('all', 'mentions', 'nothing'));

create table notifications (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    kind text not null check (kind in ('mention', 'reply', 'reaction', 'added', 'message_failed')),
    -- Who did it.
    actor_id uuid references users,
    conversation_id uuid references conversations on delete cascade,
    message_id uuid,
    created_at timestamptz not null,
    read_at timestamptz,
    -- One for each thing: a job that runs twice, or a reaction that comes and goes, adds none.
    constraint notifications_once unique nulls not distinct (user_id, kind, conversation_id, message_id, actor_id)
);
create index notifications_of_person on notifications (user_id, id desc);
create index notifications_unread on notifications (user_id) where read_at is null;
create index notifications_by_actor on notifications (actor_id) where actor_id is not null;
create index notifications_of_conversation on notifications (conversation_id) where conversation_id is not null;

create table notification_preferences (
    user_id uuid primary key references users on delete cascade,
    mentions boolean not null,
    replies boolean not null,
    reactions boolean not null,
    additions boolean not null,
    push boolean not null,
    email boolean not null,
    -- Minutes of the local day between which nothing makes a sound; both or none.
    quiet_from smallint check (quiet_from between 0 and 1439),
    quiet_until smallint check (quiet_until between 0 and 1439),
    updated_at timestamptz not null,
    constraint notification_preferences_quiet check ((quiet_from is null) = (quiet_until is null))
);
