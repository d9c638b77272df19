-- What is paid and has no invoice yet: written with the acceptance, taken away with the invoice. Whoever writes invoices
-- looks here, and not at all payments that ever were.
create table invoices_due (
    payment_id uuid primary key references payments,
    captured_at timestamptz not null
);
create index invoices_due_by_capture on invoices_due (captured_at, payment_id);
insert into invoices_due (payment_id, captured_at)
select m.id, m.captured_at from payments m
where m.standing = 'accepted' and not exists (select from invoices i where i.payment_id = m.id);
drop index payments_to_be_invoiced;

-- Webhooks whose bodies have been kept long enough; what they have put into the books stays there.
create index webhook_events_processed on webhook_events (processed_at, id) where processed_at is not null;
