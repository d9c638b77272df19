-- What people want back, and what comparing the books with those of the providers has found.

create table refund_requests (
    id uuid primary key,
    order_id uuid not null references payment_orders,
    reason text not null check (char_length(reason) between 1 and 300),
    state text not null check (state in ('open', 'approved', 'declined')),
    created_at timestamptz not null,
    decided_at timestamptz,
    decided_by uuid references users,
    constraint refund_requests_decided check ((state = 'open') = (decided_at is null))
);
create unique index refund_requests_open on refund_requests (order_id) where state = 'open';
create index refund_requests_of_order on refund_requests (order_id);
create index refund_requests_by_decider on refund_requests (decided_by) where decided_by is not null;

create table reconciliation_runs (
    id uuid primary key,
    kind text not null check (kind in ('providers', 'books')),
    origin text not null check (origin in ('cron', 'manual')),
    window_start timestamptz not null,
    window_end timestamptz not null,
    started_at timestamptz not null,
    finished_at timestamptz,
    checked bigint not null default 0,
    matched bigint not null default 0,
    repaired bigint not null default 0,
    reported bigint not null default 0,
    failure text
);
create index reconciliation_runs_by_time on reconciliation_runs (started_at desc);

create table reconciliation_items (
    id uuid primary key,
    run_id uuid not null references reconciliation_runs on delete cascade,
    provider text,
    finding text not null check (
        finding in (
            'paid_unknown', 'excess', 'amount_mismatch', 'unknown_at_provider', 'stuck_pending', 'refund', 'books')),
    action text not null check (action in ('repaired', 'reported')),
    order_id uuid references payment_orders,
    provider_payment_id text,
    detail text not null,
    found_at timestamptz not null
);
create index reconciliation_items_of_run on reconciliation_items (run_id, id);
create index reconciliation_items_of_order on reconciliation_items (order_id) where order_id is not null;

-- The run that has found the payment at its provider: what a run has not found is missing there.
alter table payments add column seen_run uuid;
create index payments_by_arrival on payments (provider, first_seen_at, id);
