-- So many dead letters of four groups, the newest of them of another kind: the needle.
create or replace function pg_temp.job_id(at timestamptz) returns uuid language sql volatile as $$
    select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(random()::text), 1, 3)
        || '8' || substr(md5(random()::text), 1, 15))::uuid
$$;

create or replace function pg_temp.envelope(id uuid, kind text, payload text) returns bytea language sql immutable as $$
    select '\x01'::bytea || uuid_send(id) || '\x00000100010a'::bytea || set_byte('\x00'::bytea, 0, length(kind))
        || convert_to(kind, 'utf8') || '\x01'::bytea || convert_to(payload, 'utf8')
$$;

insert into dead_letters (
    job_id, death, queue, style, kind, priority, envelope, is_readable, attempts, crashes, errors, error_type, last_error,
    fingerprint, enqueued_at, died_at)
select j.id, 1, 'naps', 0, g.kind, 1, pg_temp.envelope(j.id, g.kind, '{"milliseconds":' || n % 20 || ',"apiToken":"hidden from view"}'),
    true, 10, 0,
    jsonb_build_array(jsonb_build_object('at', to_char(g.died_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'attempt', 10, 'type', g.error_type, 'message', g.message || ' ' || n)),
    g.error_type, g.message || ' ' || n, g.fingerprint, g.died_at - interval '9 minutes', g.died_at
from generate_series(1, :letters) n
cross join lateral (
    select
        (array['probe.nap', 'mail.deliver', 'push.send', 'webhook.deliver'])[1 + n % 4] as kind,
        (array['Timeout', 'SMTPRefusal', 'TokenGone', 'HTTPStatus'])[1 + n % 4] as error_type,
        (array['the nap was too long:', 'mailbox unavailable: recipient', 'the device is gone:', 'the endpoint answered 502 to delivery'])[1 + n % 4] as message,
        (array['00000000000000aa', '00000000000000bb', '00000000000000cc', '00000000000000dd'])[1 + n % 4] as fingerprint,
        clock_timestamp() - n * interval '1 second' * (86400.0 / :letters) as died_at
) g
cross join lateral (select pg_temp.job_id(g.died_at - interval '9 minutes') as id) j;

insert into dead_letters (
    job_id, death, queue, style, kind, priority, envelope, is_readable, attempts, crashes, errors, error_type, last_error,
    fingerprint, enqueued_at, died_at)
select j.id, 1, 'naps', 0, 'needle.find', 1, pg_temp.envelope(j.id, 'needle.find', '{"milliseconds":1}'), true, 3, 0, '[]', 'Haystack',
    'the zanzibarian needle cannot be found', '00000000000000ee', now() - interval '12 hours', now() - interval '12 hours'
from (select pg_temp.job_id(now() - interval '13 hours') as id) j;
analyze dead_letters;
