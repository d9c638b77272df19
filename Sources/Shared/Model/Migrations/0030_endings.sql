-- When somebody was removed: no invite lets them in again, only whoever adds people.
alter table members add column removed_at timestamptz;
