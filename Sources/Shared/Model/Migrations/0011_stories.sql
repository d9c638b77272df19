-- What people show for a day.

create table stories (
    id uuid primary key,
    author_id uuid not null references users,
    type text not null check (type in ('text', 'image', 'video')),
    content text not null check (char_length(content) <= 1000),
    -- How a text is shown; the application's own words.
    background text check (char_length(background) between 1 and 40),
    media_id uuid references media,
    -- Who sees it: all contacts, all but some, or only some.
    audience text not null check (audience in ('contacts', 'except', 'only')),
    named_ids uuid[] not null default '{}',
    view_count integer not null default 0 check (view_count >= 0),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    -- When it goes; null as long as a highlight keeps it.
    leaves_at timestamptz,
    constraint stories_media check ((type = 'text') = (media_id is null)),
    constraint stories_said check (type <> 'text' or char_length(content) > 0)
);
create index stories_of_author on stories (author_id, id);
create index stories_leaving on stories (leaves_at) where leaves_at is not null;
create index stories_of_media on stories (media_id) where media_id is not null;

-- Each viewer counts once.
create table story_views (
    story_id uuid not null references stories on delete cascade,
    viewer_id uuid not null references users on delete cascade,
    viewed_at timestamptz not null,
    primary key (story_id, viewer_id)
);
create index story_views_by_time on story_views (story_id, viewed_at, viewer_id);
create index story_views_of_person on story_views (viewer_id);

create table highlights (
    id uuid primary key,
    author_id uuid not null references users,
    title text not null check (char_length(title) between 1 and 60),
    created_at timestamptz not null
);
create index highlights_of_author on highlights (author_id, id);

create table highlight_stories (
    highlight_id uuid not null references highlights on delete cascade,
    story_id uuid not null references stories on delete cascade,
    added_at timestamptz not null,
    primary key (highlight_id, story_id)
);
create index highlight_stories_of_story on highlight_stories (story_id);

create function keep_highlighted_story() returns trigger language plpgsql as $$
begin
    update stories set leaves_at = null where id = new.story_id;
    return null;
end
$$;
create trigger highlight_story_added after insert on highlight_stories
    for each row execute function keep_highlighted_story();

create function let_highlighted_story_go() returns trigger language plpgsql as $$
begin
    update stories s set leaves_at = s.expires_at
    where s.id = old.story_id and not exists (select from highlight_stories h where h.story_id = old.story_id);
    return null;
end
$$;
create trigger highlight_story_gone after delete on highlight_stories
    for each row execute function let_highlighted_story_go();

create trigger story_gone after delete on stories
    for each row when (old.media_id is not null) execute function release_media();

-- With whom a person has a direct conversation.
create function contacts_of(p_user uuid) returns setof uuid language sql stable as $$
    select c.second_id from conversations c where c.first_id = p_user and c.deleted_at is null
    union all
    select c.first_id from conversations c where c.second_id = p_user and c.deleted_at is null
$$;

-- Whether somebody other than its author sees a story, however old it is: a contact, not blocked in either direction, and meant.
create function is_story_for(p_user uuid, s stories) returns boolean language sql stable as $$
    select case s.audience
            when 'only' then p_user = any (s.named_ids)
            when 'except' then p_user <> all (s.named_ids)
            else true
        end
        and exists (
            select from conversations c
            where c.first_id = least(p_user, s.author_id) and c.second_id = greatest(p_user, s.author_id)
                and c.deleted_at is null
        )
        and not exists (
            select from blocks b
            where b.blocker_id = p_user and b.blocked_id = s.author_id
                or b.blocker_id = s.author_id and b.blocked_id = p_user
        )
$$;
