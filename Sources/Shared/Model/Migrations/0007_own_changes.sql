-- A person's devices hear of what changed that is the person's own, as soon as it is committed.
create function tell_user_change() returns trigger language plpgsql as $$
begin
    perform pg_notify('user_changes', concat_ws(' ', new.user_id, new.urev, new.subject, new.subject_id));
    return null;
end
$$;
create trigger user_changes_told after insert or update on user_changes
    for each row execute function tell_user_change();
