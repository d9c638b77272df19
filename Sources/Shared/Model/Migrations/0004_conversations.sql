-- Conversations, who belongs to them and since when, and what is said. The tables share their first key column, so that
-- they can be spread over servers by conversation.

create table conversations (
    id uuid primary key,
    type text not null check (type in ('direct', 'group', 'channel', 'business')),
    title text check (char_length(title) between 1 and 120),
    about text check (char_length(about) <= 500),
    -- Of a direct one: its two people, the smaller id first. There is one for each pair.
    first_id uuid references users,
    second_id uuid references users,
    -- Whether who joins sees what was said before.
    shows_past boolean not null default false,
    -- seq counts the messages, rev the changes that all members see. Both are raised by the statement that writes what they count.
    last_seq bigint not null default 0 check (last_seq >= 0),
    last_rev bigint not null default 0 check (last_rev >= last_seq),
    -- The rev of the last change of what stands in this row.
    own_rev bigint not null default 0,
    member_count integer not null default 0 check (member_count >= 0),
    active_at timestamptz not null,
    created_at timestamptz not null,
    deleted_at timestamptz,
    -- The transaction that raised rev last. One that a snapshot did not see has an id that is not below the snapshot's xmin.
    changed_in xid8 not null default pg_current_xact_id(),
    constraint conversations_pair unique (first_id, second_id),
    constraint conversations_pair_of_direct check (
        case when type = 'direct' then first_id is not null and second_id is not null and first_id < second_id
        else first_id is null and second_id is null end),
    constraint conversations_titled check (title is not null or type in ('direct', 'business'))
);
create index conversations_of_second on conversations (second_id) where second_id is not null;

create table members (
    conversation_id uuid not null references conversations on delete cascade,
    user_id uuid not null references users,
    role text not null check (role in ('admin', 'moderator', 'member')),
    joined_at timestamptz not null,
    -- Null as long as the person belongs to it.
    left_at timestamptz,
    -- Of the last change of membership or role.
    rev bigint not null,
    -- Watermarks: all up to here is read, or has reached a device.
    read_seq bigint not null default 0,
    delivered_seq bigint not null default 0,
    muted_until timestamptz,
    pinned_at timestamptz,
    archived_at timestamptz,
    primary key (conversation_id, user_id)
);
create index members_of_user on members (user_id, conversation_id);
create index members_by_rev on members (conversation_id, rev);

-- What a member may see: of each stay the messages from one number to another.
create table member_periods (
    conversation_id uuid not null,
    user_id uuid not null,
    from_seq bigint not null check (from_seq > 0),
    -- Null as long as the stay lasts.
    to_seq bigint check (to_seq >= from_seq - 1),
    from_rev bigint not null,
    to_rev bigint,
    primary key (conversation_id, user_id, from_rev),
    foreign key (conversation_id, user_id) references members on delete cascade
);
create unique index member_periods_open on member_periods (conversation_id, user_id) where to_rev is null;

create table messages (
    conversation_id uuid not null,
    seq bigint not null check (seq > 0),
    id uuid not null,
    -- Of its last change.
    rev bigint not null check (rev >= seq),
    sender_id uuid not null,
    -- The sender's own id for it, and a digest of what was sent under it: a repetition is known by the one, another message under
    -- the same id by the other.
    client_id text check (octet_length(client_id) between 1 and 64),
    digest bytea check (octet_length(digest) = 16),
    type text not null check (type in ('text', 'code', 'location', 'contact', 'system')),
    content text not null check (char_length(content) <= 10000),
    -- What the type has besides the text.
    body jsonb,
    reply_to_id uuid,
    thread_root_id uuid,
    -- A direct message to somebody who has blocked the sender: it never reaches them.
    withheld_from uuid,
    created_at timestamptz not null,
    edited_at timestamptz,
    deleted_at timestamptz,
    primary key (conversation_id, seq),
    constraint messages_id unique (id, conversation_id),
    constraint messages_client_id unique (conversation_id, sender_id, client_id),
    -- Who wrote belonged to it; their row stays when they leave.
    foreign key (conversation_id, sender_id) references members on delete cascade
);
create index messages_by_rev on messages (conversation_id, rev);
create index messages_of_thread on messages (conversation_id, thread_root_id, seq) where thread_root_id is not null;

-- Whether a person may see a message: it lies within a stay of theirs, and was not kept from them.
create function can_see(p_user uuid, p_conversation uuid, p_message uuid) returns boolean language sql stable as $$
    select exists (
        select from messages m
        join member_periods p on p.conversation_id = m.conversation_id and p.user_id = p_user
            and m.seq >= p.from_seq and (p.to_seq is null or m.seq <= p.to_seq)
        where m.id = p_message and m.conversation_id = p_conversation and m.deleted_at is null
            and m.withheld_from is distinct from p_user
    )
$$;

-- Writes messages of many senders to many conversations. Each has an outcome of its own: sent; repeated, with the message that
-- was sent before; reused, where another message has its client id; twin, where an earlier one of the same call has it; missing,
-- where the sender knows no such conversation; forbidden; no_reply and no_thread, where what it refers to is not there.
create function send_messages(
    p_id uuid[], p_conversation uuid[], p_sender uuid[], p_client_id text[], p_digest bytea[], p_type text[], p_content text[],
    p_body text[], p_reply uuid[], p_thread uuid[], p_now timestamptz
) returns table (n bigint, outcome text, message_id uuid) language plpgsql as $$
begin
    -- In the order of their ids, so that no two calls wait for each other in a circle. The second statement then sees what was
    -- committed by whoever held these rows before.
    perform from conversations c where c.id = any (p_conversation) order by c.id for no key update;

    return query
    with asked as (
        select a.*, coalesce(a.client_id, a.id::text) as sent_as
        from unnest(
            p_id, p_conversation, p_sender, p_client_id, p_digest, p_type, p_content, p_body, p_reply, p_thread
        ) with ordinality as a (
            id, conversation_id, sender_id, client_id, digest, type, content, body, reply_id, thread_id, n)
    ),
    judged as (
        select a.*, c.last_seq, c.last_rev, e.id as earlier_id,
            case when c.type = 'direct' then (
                select b.blocker_id from blocks b
                where b.blocked_id = a.sender_id
                    and b.blocker_id = case when c.first_id = a.sender_id then c.second_id else c.first_id end
            ) end as withheld_from,
            case
                when e.id is not null then case when e.digest = a.digest then 'repeated' else 'reused' end
                when m.user_id is null or c.deleted_at is not null then 'missing'
                when c.type = 'channel' and m.role = 'member' then 'forbidden'
                when a.reply_id is not null and not can_see(a.sender_id, a.conversation_id, a.reply_id) then 'no_reply'
                when a.thread_id is not null and not can_see(a.sender_id, a.conversation_id, a.thread_id) then 'no_thread'
                when a.n > min(a.n) over (partition by a.conversation_id, a.sender_id, a.sent_as) then 'twin'
                else 'sent'
            end as outcome
        from asked a
        left join conversations c on c.id = a.conversation_id
        left join members m on m.conversation_id = a.conversation_id and m.user_id = a.sender_id and m.left_at is null
        left join messages e on e.conversation_id = a.conversation_id and e.sender_id = a.sender_id and e.client_id = a.client_id
    ),
    numbered as (
        select j.*, row_number() over (partition by j.conversation_id order by j.n) as place
        from judged j
        where j.outcome = 'sent'
    ),
    counted as (
        update conversations c
        set last_seq = c.last_seq + k.added, last_rev = c.last_rev + k.added, active_at = greatest(c.active_at, p_now),
            changed_in = pg_current_xact_id()
        from (select s.conversation_id, count(*) as added from numbered s group by s.conversation_id) k
        where c.id = k.conversation_id
    ),
    -- Who sends has read what is there.
    marked as (
        update members m
        set read_seq = greatest(m.read_seq, k.seq), delivered_seq = greatest(m.delivered_seq, k.seq)
        from (
            select s.conversation_id, s.sender_id, max(s.last_seq + s.place) as seq
            from numbered s
            group by s.conversation_id, s.sender_id
        ) k
        where m.conversation_id = k.conversation_id and m.user_id = k.sender_id
    ),
    written as (
        insert into messages (
            conversation_id, seq, id, rev, sender_id, client_id, digest, type, content, body, reply_to_id, thread_root_id,
            withheld_from, created_at)
        select s.conversation_id, s.last_seq + s.place, s.id, s.last_rev + s.place, s.sender_id, s.client_id, s.digest, s.type,
            s.content, s.body::jsonb, s.reply_id, s.thread_id, s.withheld_from, p_now
        from numbered s
    )
    select j.n, j.outcome, coalesce(j.earlier_id, j.id) from judged j order by j.n;
end
$$;
