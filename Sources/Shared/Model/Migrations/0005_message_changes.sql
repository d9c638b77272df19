-- What becomes of messages after they were sent: edits, deletions, reactions, pins.

-- What stood there before each edit.
create table message_versions (
    conversation_id uuid not null,
    message_id uuid not null,
    version integer not null check (version > 0),
    content text not null,
    body jsonb,
    written_at timestamptz not null,
    primary key (conversation_id, message_id, version),
    foreign key (conversation_id, message_id) references messages (conversation_id, id) on delete cascade
);

-- Messages that a person has deleted for themselves.
create table hidden_messages (
    conversation_id uuid not null,
    user_id uuid not null references users,
    message_id uuid not null,
    hidden_at timestamptz not null,
    primary key (conversation_id, user_id, message_id),
    foreign key (conversation_id, message_id) references messages (conversation_id, id) on delete cascade
);
create index hidden_messages_of_message on hidden_messages (conversation_id, message_id);
create index hidden_messages_of_user on hidden_messages (user_id);

create table reactions (
    conversation_id uuid not null,
    message_id uuid not null,
    emoji text not null check (octet_length(emoji) between 1 and 32),
    user_id uuid not null,
    created_at timestamptz not null,
    primary key (conversation_id, message_id, emoji, user_id),
    foreign key (conversation_id, message_id) references messages (conversation_id, id) on delete cascade,
    foreign key (conversation_id, user_id) references members on delete cascade
);
create index reactions_of_member on reactions (conversation_id, user_id);

-- How many reactions there are, so that a page of messages looks for them only where there are some.
alter table messages
    add column reaction_count integer not null default 0 check (reaction_count >= 0),
    add column pinned_at timestamptz,
    add column pinned_by uuid;
create index messages_pinned on messages (conversation_id, pinned_at) where pinned_at is not null;
