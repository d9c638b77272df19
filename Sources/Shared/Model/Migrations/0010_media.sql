-- Files that people send: what lies in storage, once for each content; what was made of it, and what holds it.

create table stored_files (
    -- SHA-256 of the content, which is its name in storage.
    digest bytea primary key check (octet_length(digest) = 32),
    bytes bigint not null check (bytes > 0),
    -- Since when nothing may need it; what still needs it is looked for a day later. Null where something does.
    released_at timestamptz
);
create index stored_files_released on stored_files (released_at) where released_at is not null;

create table media (
    id uuid primary key,
    owner_id uuid not null references users,
    type text not null check (type in ('image', 'video', 'audio', 'file')),
    state text not null check (state in ('processing', 'ready', 'refused')),
    -- Why it was refused.
    refusal text check (char_length(refusal) between 1 and 64),
    -- Of what is handed out; until it is ready, of what came. Null once it was refused.
    digest bytea references stored_files,
    bytes bigint not null check (bytes >= 0),
    content_type text not null check (char_length(content_type) between 3 and 127),
    file_name text not null check (char_length(file_name) between 1 and 255),
    width integer check (width > 0),
    height integer check (height > 0),
    duration_ms bigint check (duration_ms >= 0),
    pages integer check (pages > 0),
    is_animated boolean not null default false,
    blurhash text check (char_length(blurhash) between 6 and 100),
    -- How loud it is in equal parts of its time, from 0 to 100.
    waveform smallint[],
    created_at timestamptz not null,
    finished_at timestamptz,
    -- Since when nothing may hold it, as above.
    released_at timestamptz,
    constraint media_stored check ((state = 'refused') = (digest is null)),
    constraint media_refused check ((state = 'refused') = (refusal is not null))
);
create index media_of_owner on media (owner_id, id) include (bytes);
create index media_of_owner_by_type on media (owner_id, type, id);
create index media_by_content on media (digest) where digest is not null;
create index media_released on media (released_at) where released_at is not null;

create table media_variants (
    media_id uuid not null references media on delete cascade,
    -- The longer side has at most so many pixels.
    size integer not null check (size in (64, 300, 1080)),
    format text not null check (format in ('webp', 'jpeg')),
    digest bytea not null references stored_files,
    bytes bigint not null check (bytes > 0),
    width integer not null check (width > 0),
    height integer not null check (height > 0),
    primary key (media_id, size, format)
);
create index media_variants_by_content on media_variants (digest);

-- Which messages hold which files.
create table media_references (
    conversation_id uuid not null,
    message_id uuid not null,
    place smallint not null check (place >= 0),
    media_id uuid not null references media,
    primary key (conversation_id, message_id, place),
    foreign key (conversation_id, message_id) references messages (conversation_id, id) on delete cascade
);
create index media_references_of_media on media_references (media_id);

-- Files that come in parts.
create table uploads (
    id uuid primary key,
    owner_id uuid not null references users on delete cascade,
    file_name text not null check (char_length(file_name) between 1 and 255),
    bytes bigint not null check (bytes > 0),
    received bigint not null default 0,
    -- What came of it.
    media_id uuid references media on delete set null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    constraint uploads_received check (received between 0 and bytes)
);
create index uploads_of_owner on uploads (owner_id, id);
create index uploads_of_media on uploads (media_id) where media_id is not null;
create index uploads_expired on uploads (expires_at);

create table upload_parts (
    upload_id uuid not null references uploads on delete cascade,
    start bigint not null check (start >= 0),
    bytes bigint not null check (bytes > 0),
    -- In storage.
    name text not null,
    primary key (upload_id, start)
);

-- What was let go may be needed by nothing any more: it is looked at a day later.
create function release_stored_file() returns trigger language plpgsql as $$
begin
    update stored_files set released_at = now() where digest = old.digest;
    return null;
end
$$;
create trigger media_gone after delete on media
    for each row when (old.digest is not null) execute function release_stored_file();
create trigger media_changed after update of digest on media
    for each row when (old.digest is distinct from new.digest and old.digest is not null)
    execute function release_stored_file();
create trigger media_variant_gone after delete on media_variants
    for each row execute function release_stored_file();

create function release_media() returns trigger language plpgsql as $$
begin
    update media set released_at = now() where id = old.media_id;
    return null;
end
$$;
create trigger media_reference_gone after delete on media_references
    for each row execute function release_media();

-- Messages name their files in their bodies. Once for all messages that a statement writes.
create function hold_media_of_new() returns trigger language plpgsql as $$
begin
    if exists (select from added a where a.type in ('image', 'album', 'video', 'audio', 'file')) then
        insert into media_references (conversation_id, message_id, place, media_id)
        select a.conversation_id, a.id, t.place - 1, t.id::uuid
        from added a
        cross join lateral jsonb_array_elements_text(a.body -> 'attachments') with ordinality t (id, place)
        where a.type in ('image', 'album', 'video', 'audio', 'file');
    end if;
    return null;
end
$$;
create trigger messages_hold_media after insert on messages
referencing new table as added for each statement execute function hold_media_of_new();

alter table messages
    drop constraint messages_type_check,
    add constraint messages_type_check check (
        type in (
            'text', 'code', 'location', 'live_location', 'contact', 'poll', 'gif', 'sticker', 'system', 'image', 'album',
            'video', 'audio', 'file'));

-- A file as clients see it.
create function media_json(f media) returns jsonb language sql stable as $$
    select jsonb_build_object(
        'id', f.id, 'ownerId', f.owner_id, 'type', f.type, 'state', f.state, 'refusal', f.refusal, 'fileName', f.file_name,
        'contentType', f.content_type, 'bytes', f.bytes, 'width', f.width, 'height', f.height, 'durationMs', f.duration_ms,
        'pages', f.pages, 'isAnimated', f.is_animated, 'blurhash', f.blurhash, 'waveform', f.waveform,
        'thumbnails', coalesce((
            select jsonb_agg(
                jsonb_build_object(
                    'size', v.size, 'format', v.format, 'width', v.width, 'height', v.height, 'bytes', v.bytes)
                order by v.size, v.format)
            from media_variants v
            where v.media_id = f.id
        ), '[]'),
        'createdAt', to_char(f.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
$$;

-- The files of a message.
create function attachments_of(p_conversation uuid, p_message uuid) returns jsonb language sql stable as $$
    select jsonb_agg(media_json(f) order by r.place)
    from media_references r
    join media f on f.id = r.media_id
    where r.conversation_id = p_conversation and r.message_id = p_message
$$;
