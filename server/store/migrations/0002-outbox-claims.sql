-- claimed_until: a request is under way until then; past it the hub that claimed it has died and the row is due again.
-- superseded_by: the sequence that was sent instead, as newer news of the same dispatch.
alter table kuzet.outbox add column claimed_until timestamptz;
alter table kuzet.outbox add column superseded_by integer;
