-- When somebody was removed: no invite lets them in again, only whoever adds people.
alter table members add column removed_at timestamptz;

-- The picture of a person. Who goes, or takes another one, lets its file go.
create table avatars (
    user_id uuid primary key references users on delete cascade,
    media_id uuid not null references media,
    set_at timestamptz not null
);
create index avatars_of_media on avatars (media_id);
create trigger avatar_gone after delete or update of media_id on avatars
    for each row execute function release_media();
