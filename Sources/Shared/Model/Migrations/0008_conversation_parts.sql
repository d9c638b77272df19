-- What belongs to conversations and messages besides themselves: invites, businesses and their customers, polls, tags and
-- mentions, what people save and draft, automatic replies, and the search for words.

create table invites (
    id uuid primary key,
    conversation_id uuid not null references conversations on delete cascade,
    code text not null check (char_length(code) between 16 and 64),
    created_by uuid not null references users,
    created_at timestamptz not null,
    expires_at timestamptz,
    -- Null: any number of people.
    most_uses integer check (most_uses > 0),
    uses integer not null default 0 check (uses >= 0),
    revoked_at timestamptz,
    constraint invites_code unique (code),
    constraint invites_used_up check (uses <= most_uses)
);
create index invites_of_conversation on invites (conversation_id, id);
create index invites_of_person on invites (created_by);

-- Accounts that others write to as customers.
create table businesses (
    id uuid primary key references users on delete cascade,
    name text not null check (char_length(name) between 1 and 120),
    -- Said to whoever opens a conversation.
    greeting text check (char_length(greeting) between 1 and 1000),
    -- Said to whoever writes while it is closed.
    away_text text check (char_length(away_text) between 1 and 1000),
    time_zone text not null check (char_length(time_zone) between 1 and 64),
    updated_at timestamptz not null
);

-- When it is open, in minutes of the local day; without any rows always. Weekdays are those of ISO: Monday is 1.
create table business_hours (
    business_id uuid not null references businesses on delete cascade,
    weekday smallint not null check (weekday between 1 and 7),
    opens smallint not null check (opens between 0 and 1439),
    closes smallint not null check (closes between 1 and 1440 and closes > opens),
    primary key (business_id, weekday, opens)
);

create table business_agents (
    business_id uuid not null references businesses on delete cascade,
    agent_id uuid not null references users on delete cascade,
    added_at timestamptz not null,
    primary key (business_id, agent_id),
    constraint business_agents_other check (agent_id <> business_id)
);
create index business_agents_of_person on business_agents (agent_id);

-- Of a customer with a business there is one.
alter table conversations
    add column business_id uuid references businesses,
    add column customer_id uuid references users,
    add constraint conversations_of_customer unique (business_id, customer_id),
    add constraint conversations_customer_of_business check (
        (type = 'business') = (business_id is not null) and (business_id is null) = (customer_id is null));
create index conversations_by_customer on conversations (customer_id) where customer_id is not null;

alter table messages
    drop constraint messages_type_check,
    add constraint messages_type_check check (
        type in ('text', 'code', 'location', 'live_location', 'contact', 'poll', 'gif', 'sticker', 'system'));

-- The poll itself is the body of its message. Here is how it stands, from the first vote on: counted when somebody votes, so
-- that who reads a poll of very many counts nothing.
create table polls (
    conversation_id uuid not null,
    message_id uuid not null,
    votes integer[] not null,
    voters integer not null check (voters >= 0),
    primary key (conversation_id, message_id),
    foreign key (conversation_id, message_id) references messages (conversation_id, id) on delete cascade
);

create table poll_votes (
    conversation_id uuid not null,
    message_id uuid not null,
    user_id uuid not null,
    -- Its place among the options.
    choice smallint not null check (choice between 0 and 11),
    voted_at timestamptz not null,
    primary key (conversation_id, message_id, user_id, choice),
    foreign key (conversation_id, message_id) references messages (conversation_id, id) on delete cascade,
    foreign key (conversation_id, user_id) references members on delete cascade
);
create index poll_votes_of_member on poll_votes (conversation_id, user_id);

create table hashtags (
    conversation_id uuid not null,
    tag text not null check (char_length(tag) between 1 and 64),
    message_id uuid not null,
    seq bigint not null,
    primary key (conversation_id, tag, seq),
    foreign key (conversation_id, message_id) references messages (conversation_id, id) on delete cascade
);
create index hashtags_of_message on hashtags (conversation_id, message_id);

create table mentions (
    conversation_id uuid not null,
    user_id uuid not null,
    seq bigint not null,
    message_id uuid not null,
    primary key (conversation_id, user_id, seq),
    foreign key (conversation_id, message_id) references messages (conversation_id, id) on delete cascade,
    foreign key (conversation_id, user_id) references members on delete cascade
);
create index mentions_of_message on mentions (conversation_id, message_id);

create table saved_messages (
    user_id uuid not null references users on delete cascade,
    conversation_id uuid not null,
    message_id uuid not null,
    saved_at timestamptz not null,
    primary key (user_id, message_id),
    foreign key (conversation_id, message_id) references messages (conversation_id, id) on delete cascade
);
create index saved_messages_by_time on saved_messages (user_id, saved_at desc, message_id desc);
create index saved_messages_of_message on saved_messages (conversation_id, message_id);

create table drafts (
    conversation_id uuid not null,
    user_id uuid not null,
    content text not null check (char_length(content) between 1 and 10000),
    reply_to_id uuid,
    updated_at timestamptz not null,
    primary key (conversation_id, user_id),
    foreign key (conversation_id, user_id) references members on delete cascade
);
create index drafts_of_person on drafts (user_id, updated_at desc);

-- What a person answers to whoever writes to them alone.
create table auto_replies (
    user_id uuid primary key references users on delete cascade,
    content text not null check (char_length(content) between 1 and 1000),
    starts_at timestamptz not null,
    ends_at timestamptz check (ends_at > starts_at),
    updated_at timestamptz not null
);

-- Words as they are: what people write is in no one language. By conversation, so that somebody's search looks at what is said
-- in theirs, whatever the rest of the world says.
create extension if not exists btree_gin;
create index messages_by_words on messages using gin (conversation_id, to_tsvector('simple', content))
    where deleted_at is null and type <> 'system';

-- Tags and mentions of messages, anew. A tag begins where a word could, ends at a space or a sign, and is no mere number;
-- a mention is the username of somebody who belongs to the conversation.
create function note_tags_and_mentions(p_ids uuid[]) returns void language plpgsql as $$
begin
    insert into hashtags (conversation_id, tag, message_id, seq)
    select distinct n.conversation_id, lower(t.found[1]), n.id, n.seq
    from messages n
    cross join lateral regexp_matches(
        n.content, '(?:^|[\s(\[{"''])#([^\s#@.,;:!?()\[\]{}"''<>/\\|`*~=+&%$^]{1,64})(?![^\s#@.,;:!?()\[\]{}"''<>/\\|`*~=+&%$^])', 'g'
    ) t (found)
    where n.id = any (p_ids) and n.type <> 'code' and n.deleted_at is null and t.found[1] !~ '^[0-9]+$';

    insert into mentions (conversation_id, user_id, seq, message_id)
    select distinct n.conversation_id, u.id, n.seq, n.id
    from messages n
    cross join lateral regexp_matches(n.content, '(?:^|[\s(\[{"''*_])@([A-Za-z0-9](?:[A-Za-z0-9._]{0,28}[A-Za-z0-9]))', 'g') t (found)
    join users u on u.username = lower(t.found[1])
    join members m on m.conversation_id = n.conversation_id and m.user_id = u.id and m.left_at is null
    where n.id = any (p_ids) and n.type <> 'code' and n.deleted_at is null and u.id <> n.sender_id;
end
$$;

create function note_tags_and_mentions_of_new() returns trigger language plpgsql as $$
declare
    marked uuid[];
begin
    select array_agg(a.id) into marked from added a where a.content like '%#%' or a.content like '%@%';
    if marked is not null then
        perform note_tags_and_mentions(marked);
    end if;
    return null;
end
$$;
-- Once for all messages that a statement writes.
create trigger messages_tags_and_mentions after insert on messages
referencing new table as added for each statement execute function note_tags_and_mentions_of_new();
