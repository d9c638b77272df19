-- Who hears of what happens in a conversation, so that whoever keeps a list of its members knows when the list is old.

-- Raised by every stay that begins or ends. What happens is told to the members with the number of its time.
alter table conversations add column audience bigint not null default 0;

-- The transaction that moved the marks last; see conversations.changed_in.
alter table members add column marked_in xid8 not null default pg_current_xact_id();

-- A repeated client id is found by its sender. That who writes belongs to the conversation is seen to by who inserts.
alter table messages
    drop constraint messages_client_id,
    add constraint messages_client_id unique (sender_id, client_id, conversation_id),
    drop constraint messages_conversation_id_sender_id_fkey,
    add foreign key (conversation_id) references conversations on delete cascade;

create function raise_audiences() returns trigger language plpgsql as $$
begin
    update conversations set audience = audience + 1
    where id in (select conversation_id from changed);
    return null;
end
$$;
create trigger member_periods_began after insert on member_periods referencing new table as changed
    for each statement execute function raise_audiences();
create trigger member_periods_changed after update on member_periods referencing new table as changed
    for each statement execute function raise_audiences();
create trigger member_periods_gone after delete on member_periods referencing old table as changed
    for each statement execute function raise_audiences();

-- The members who see nothing of what somebody says, because they have blocked them.
create function blocked_by_members(p_conversation uuid, p_sender uuid) returns uuid[] language sql stable as $$
    select array(
        select b.blocker_id from blocks b
        join members m on m.conversation_id = p_conversation and m.user_id = b.blocker_id and m.left_at is null
        where b.blocked_id = p_sender
    )
$$;

drop function send_messages;

-- Writes messages of many senders to many conversations. Each has an outcome of its own: sent; repeated, with the message that
-- was sent before; reused, where another message has its client id; twin, where an earlier one of the same call has it; missing,
-- where the sender knows no such conversation; forbidden; no_reply and no_thread, where what it refers to is not there.
-- Of what was sent it tells the numbers, and who must not see it.
create function send_messages(
    p_id uuid[], p_conversation uuid[], p_sender uuid[], p_client_id text[], p_digest bytea[], p_type text[], p_content text[],
    p_body text[], p_reply uuid[], p_thread uuid[], p_now timestamptz
) returns table (n bigint, outcome text, message_id uuid, seq bigint, rev bigint, audience bigint, kept_from uuid[])
language plpgsql as $$
#variable_conflict use_column
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
        select a.*, c.last_seq, c.last_rev, c.audience, e.id as earlier_id,
            case when c.type = 'direct' then (
                select b.blocker_id from blocks b
                where b.blocked_id = a.sender_id
                    and b.blocker_id = case when c.first_id = a.sender_id then c.second_id else c.first_id end
            ) end as withheld_from,
            case
                when e.id is not null then case when e.digest = a.digest then 'repeated' else 'reused' end
                when m.user_id is null or c.deleted_at is not null then 'missing'
                when c.type = 'channel' and m.role <> 'admin' then 'forbidden'
                when a.reply_id is not null and not can_see(a.sender_id, a.conversation_id, a.reply_id) then 'no_reply'
                when a.thread_id is not null and not can_see(a.sender_id, a.conversation_id, a.thread_id) then 'no_thread'
                when a.n > min(a.n) over (partition by a.conversation_id, a.sender_id, a.sent_as) then 'twin'
                else 'sent'
            end as outcome
        from asked a
        left join conversations c on c.id = a.conversation_id
        left join members m on m.conversation_id = a.conversation_id and m.user_id = a.sender_id and m.left_at is null
        -- Written so that no key serves but the one for this: another that begins with the conversation would look at all that
        -- was ever said there, and statistics that say so come late.
        left join messages e on e.sender_id = a.sender_id and e.client_id = a.client_id
            and e.conversation_id is not distinct from a.conversation_id
    ),
    numbered as (
        select j.*, j.outcome = 'sent' as is_sent,
            count(*) filter (where j.outcome = 'sent') over (partition by j.conversation_id order by j.n) as place
        from judged j
    ),
    counted as (
        update conversations c
        set last_seq = c.last_seq + k.added, last_rev = c.last_rev + k.added, active_at = greatest(c.active_at, p_now),
            changed_in = pg_current_xact_id()
        from (select s.conversation_id, count(*) as added from numbered s where s.is_sent group by s.conversation_id) k
        where c.id = k.conversation_id
    ),
    -- Who sends has read what is there; for whom something is said has not.
    marked as (
        update members m
        set read_seq = greatest(m.read_seq, k.seq), delivered_seq = greatest(m.delivered_seq, k.seq),
            marked_in = pg_current_xact_id()
        from (
            select s.conversation_id, s.sender_id, max(s.last_seq + s.place) as seq
            from numbered s
            where s.is_sent and not coalesce((s.body::jsonb -> 'automatic')::boolean, false)
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
        where s.is_sent
    )
    select s.n, s.outcome, coalesce(s.earlier_id, s.id), case when s.is_sent then s.last_seq + s.place end,
        case when s.is_sent then s.last_rev + s.place end, s.audience,
        case when s.is_sent then array(
            select b.blocker_id from blocks b
            join members m on m.conversation_id = s.conversation_id and m.user_id = b.blocker_id and m.left_at is null
            where b.blocked_id = s.sender_id
        ) end
    from numbered s
    order by s.n;
end
$$
-- A group is small and every table may be large, whatever the statistics say: a young database has none. To plan it anew for
-- each group, as PostgreSQL would, costs three times as much as to run it.
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan;
