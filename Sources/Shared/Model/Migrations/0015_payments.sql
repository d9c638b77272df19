-- What providers report, what it means for memberships, and the books.

-- Webhooks as they came, each once.
create table webhook_events (
    id uuid primary key,
    provider text not null,
    -- Made of what the signature covers.
    event_key text not null,
    type text not null,
    body bytea not null,
    body_sha256 bytea not null,
    headers jsonb not null,
    received_at timestamptz not null,
    repeats integer not null default 0,
    -- Repeats whose body was another one.
    altered integer not null default 0,
    processed_at timestamptz,
    verdict text check (verdict in ('applied', 'ignored')),
    remark text,
    constraint webhook_events_once unique (provider, event_key),
    constraint webhook_events_processed check ((processed_at is null) = (verdict is null))
);
create index webhook_events_by_time on webhook_events (received_at, id);
create index webhook_events_waiting on webhook_events (received_at) where processed_at is null;

-- A payment as its provider tells of it, and what we make of it.
create table payments (
    id uuid primary key,
    provider text not null,
    provider_payment_id text not null,
    order_id uuid references payment_orders,
    -- What it pays, in the provider's words.
    reported_order text,
    amount bigint not null check (amount >= 0),
    currency text not null,
    state text not null check (state in ('pending', 'authorized', 'failed', 'captured')),
    method text,
    bank_reference text,
    failure text,
    dispute text check (dispute in ('open', 'won', 'lost')),
    first_seen_at timestamptz not null,
    changed_at timestamptz not null,
    captured_at timestamptz,
    -- Excess is money that we cannot account for with an order: it waits in suspense until it is refunded.
    standing text not null default 'open' check (standing in ('open', 'accepted', 'excess')),
    excess_reason text check (
        excess_reason in (
            'second_payment', 'wrong_amount', 'wrong_currency', 'unknown_order', 'already_lifetime', 'credit_spent')),
    constraint payments_once unique (provider, provider_payment_id),
    constraint payments_excess check ((standing = 'excess') = (excess_reason is not null)),
    constraint payments_captured check ((state = 'captured') = (captured_at is not null)),
    constraint payments_judged check (standing = 'open' or state = 'captured'),
    constraint payments_of_an_order check (standing <> 'accepted' or order_id is not null)
);
create unique index payments_accepted_once on payments (order_id) where standing = 'accepted';
create index payments_of_order on payments (order_id) where order_id is not null;
create index payments_by_capture on payments (captured_at, id) where captured_at is not null;
create index payments_in_excess on payments (id) where standing = 'excess';

-- Every different thing that a provider ever said of a payment. What contradicts the order of things is marked.
create table payment_facts (
    payment_id uuid not null references payments,
    state text not null,
    amount bigint not null,
    currency text not null,
    source text not null check (source in ('webhook', 'poll', 'reconciliation', 'statement', 'confirmation')),
    event_id uuid,
    contradicts boolean not null,
    seen_at timestamptz not null,
    primary key (payment_id, state, amount, currency)
);
create index payment_facts_contradicting on payment_facts (seen_at) where contradicts;

create table refunds (
    id uuid primary key,
    payment_id uuid not null references payments,
    amount bigint not null check (amount > 0),
    currency text not null,
    state text not null check (state in ('requested', 'submitted', 'unknown', 'succeeded', 'failed')),
    origin text not null check (origin in ('admin', 'provider', 'dispute')),
    reason text not null check (char_length(reason) <= 300),
    requested_by uuid references users,
    provider text not null,
    provider_refund_id text,
    failure text,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    settled_at timestamptz,
    constraint refunds_once unique (provider, provider_refund_id),
    constraint refunds_settled check ((state in ('succeeded', 'failed')) = (settled_at is not null))
);
create index refunds_of_payment on refunds (payment_id);
create index refunds_by_requester on refunds (requested_by) where requested_by is not null;
create index refunds_under_way on refunds (changed_at) where state in ('requested', 'submitted', 'unknown');

-- What somebody is entitled to. A grant counts unless it was revoked, or gave way to one that counts.
create table membership_grants (
    id uuid primary key,
    user_id uuid not null references users,
    plan_id text not null references plans,
    cycle text not null check (cycle in ('trial', 'monthly', 'yearly', 'lifetime')),
    -- A payment gives one grant, whatever arrives how often.
    payment_id uuid references payments,
    starts_at timestamptz not null,
    ends_at timestamptz,
    superseded_by uuid references membership_grants,
    revoked_at timestamptz,
    revoked_for text check (revoked_for in ('refund', 'dispute')),
    created_at timestamptz not null,
    constraint membership_grants_payment unique (payment_id),
    constraint membership_grants_paid check ((payment_id is null) = (cycle = 'trial')),
    constraint membership_grants_lasting check ((ends_at is null) = (cycle = 'lifetime')),
    constraint membership_grants_span check (ends_at > starts_at),
    constraint membership_grants_revoked check ((revoked_at is null) = (revoked_for is null))
);
create unique index membership_grants_trial on membership_grants (user_id, plan_id) where cycle = 'trial';
create index membership_grants_of_person on membership_grants (user_id, ends_at);
create index membership_grants_of_plan on membership_grants (plan_id);
create index membership_grants_superseded on membership_grants (superseded_by) where superseded_by is not null;

-- The grants that an order's price takes into account: they give way to what is bought.
create table order_credits (
    order_id uuid not null references payment_orders,
    grant_id uuid not null references membership_grants,
    amount bigint not null check (amount > 0),
    primary key (order_id, grant_id)
);
create index order_credits_of_grant on order_credits (grant_id);

-- How somebody's membership stands; follows from the grants and the time. Locked while grants change.
create table subscriptions (
    user_id uuid primary key references users,
    plan_id text references plans,
    status text not null check (status in ('none', 'trialing', 'active', 'past_due', 'cancelled', 'expired')),
    period_start timestamptz,
    period_end timestamptz,
    grace_until timestamptz,
    cancels_at_end boolean not null default false,
    changed_at timestamptz not null
);
create index subscriptions_of_plan on subscriptions (plan_id) where plan_id is not null;
create index subscriptions_by_end on subscriptions (period_end) where status in ('trialing', 'active', 'past_due');

-- Double entry. What is posted stays: mistakes are corrected by further entries.
create table ledger_transactions (
    id uuid primary key,
    kind text not null check (kind in ('payment', 'excess', 'adoption', 'refund', 'invoice', 'credit_note')),
    -- What it is about: each is posted once.
    subject_id uuid not null,
    posted_at timestamptz not null,
    constraint ledger_transactions_once unique (kind, subject_id)
);

create table ledger_entries (
    transaction_id uuid not null references ledger_transactions,
    line smallint not null,
    account text not null check (account ~ '^[a-z_]+(:[a-z_]+)?$'),
    -- Debit is positive.
    amount bigint not null check (amount <> 0),
    currency text not null,
    primary key (transaction_id, line)
);
create index ledger_entries_by_account on ledger_entries (account, currency);

create function ledger_stays() returns trigger language plpgsql as $$
begin
    raise exception 'what is posted stays' using errcode = 'check_violation', constraint = 'ledger_stays';
end $$;
create trigger ledger_transactions_stay before update or delete on ledger_transactions
for each row execute function ledger_stays();
create trigger ledger_entries_stay before update or delete on ledger_entries
for each row execute function ledger_stays();
create trigger ledger_transactions_kept before truncate on ledger_transactions execute function ledger_stays();
create trigger ledger_entries_kept before truncate on ledger_entries execute function ledger_stays();

create function ledger_balances() returns trigger language plpgsql as $$
begin
    if not exists (select from ledger_entries e where e.transaction_id = new.id) or exists (
        select from ledger_entries e where e.transaction_id = new.id group by e.currency having sum(e.amount) <> 0
    ) then
        raise exception 'the entries of % do not sum to zero', new.id
            using errcode = 'check_violation', constraint = 'ledger_balances';
    end if;
    return null;
end $$;
create function ledger_entry_balances() returns trigger language plpgsql as $$
begin
    if exists (
        select from ledger_entries e where e.transaction_id = new.transaction_id
        group by e.currency having sum(e.amount) <> 0
    ) then
        raise exception 'the entries of % do not sum to zero', new.transaction_id
            using errcode = 'check_violation', constraint = 'ledger_balances';
    end if;
    return null;
end $$;
-- At the commit: once for each transaction, and for each entry that somebody adds later.
create constraint trigger ledger_transactions_balance after insert on ledger_transactions
deferrable initially deferred for each row execute function ledger_balances();
create constraint trigger ledger_entries_balance after insert on ledger_entries
deferrable initially deferred for each row execute function ledger_entry_balances();
