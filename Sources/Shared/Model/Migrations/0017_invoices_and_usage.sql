-- Invoices and credit notes, numbered without gaps, and what people have used of what their plan allows.

-- The last number of each series in each financial year. Numbers are taken in the transaction that writes what bears them.
create table document_counters (
    series text not null,
    fiscal_year text not null check (fiscal_year ~ '^\d\d-\d\d$'),
    last_number bigint not null check (last_number >= 0),
    last_date date not null,
    primary key (series, fiscal_year)
);

create table invoices (
    id uuid primary key,
    payment_id uuid not null references payments,
    user_id uuid not null references users,
    series text not null,
    fiscal_year text not null,
    number bigint not null check (number > 0),
    label text not null check (label ~ '^[A-Za-z0-9/-]{1,16}$'),
    issued_on date not null,
    -- Seller and buyer as they were.
    parties jsonb not null,
    description text not null,
    service_code text not null,
    place_of_supply text not null,
    currency text not null,
    taxable bigint not null check (taxable >= 0),
    rate_basis_points integer not null check (rate_basis_points between 0 and 5000),
    cgst bigint not null check (cgst >= 0),
    sgst bigint not null check (sgst >= 0),
    igst bigint not null check (igst >= 0),
    round_off bigint not null check (abs(round_off) <= 1),
    total bigint not null,
    created_at timestamptz not null,
    constraint invoices_payment unique (payment_id),
    constraint invoices_number unique (series, fiscal_year, number),
    constraint invoices_label unique (label),
    constraint invoices_sum check (taxable + cgst + sgst + igst + round_off = total),
    constraint invoices_halves check (cgst = sgst and (cgst = 0 or igst = 0))
);
create index invoices_of_person on invoices (user_id, id desc);
create index invoices_by_time on invoices (issued_on, id);
create index payments_to_be_invoiced on payments (captured_at, id) where standing = 'accepted';

create table credit_notes (
    id uuid primary key,
    refund_id uuid not null references refunds,
    invoice_id uuid not null references invoices,
    user_id uuid not null references users,
    series text not null,
    fiscal_year text not null,
    number bigint not null check (number > 0),
    label text not null check (label ~ '^[A-Za-z0-9/-]{1,16}$'),
    issued_on date not null,
    currency text not null,
    taxable bigint not null check (taxable >= 0),
    cgst bigint not null check (cgst >= 0),
    sgst bigint not null check (sgst >= 0),
    igst bigint not null check (igst >= 0),
    round_off bigint not null check (abs(round_off) <= 1),
    total bigint not null check (total > 0),
    created_at timestamptz not null,
    constraint credit_notes_refund unique (refund_id),
    constraint credit_notes_number unique (series, fiscal_year, number),
    constraint credit_notes_label unique (label),
    constraint credit_notes_sum check (taxable + cgst + sgst + igst + round_off = total)
);
create index credit_notes_of_invoice on credit_notes (invoice_id);
create index credit_notes_of_person on credit_notes (user_id, id desc);

-- Documents stay: what is wrong is corrected by a credit note.
create trigger invoices_stay before update or delete on invoices for each row execute function ledger_stays();
create trigger credit_notes_stay before update or delete on credit_notes for each row execute function ledger_stays();

create table feature_usage (
    user_id uuid not null references users on delete cascade,
    feature text not null,
    period_start timestamptz not null,
    used bigint not null check (used >= 0),
    primary key (user_id, feature, period_start)
);

-- What somebody may use beyond their plan.
create table feature_credits (
    user_id uuid not null references users on delete cascade,
    feature text not null,
    remaining bigint not null check (remaining >= 0),
    primary key (user_id, feature)
);
