-- class: what kind of reason it is, for counting and filtering (server/domain/dead-letter-class.ts); the words of the reason
-- stay free. replay: what came of sending it through the edge again, `taken` or `refused`, with the edge's reason.
alter table kuzet.dead_letters add column class text not null default 'not-understood';
alter table kuzet.dead_letters add column replayed_at timestamptz;
alter table kuzet.dead_letters add column replay text;
alter table kuzet.dead_letters add column replay_reason text;
update kuzet.dead_letters set class = case
  when reason like 'unknown device %' or reason like 'unknown camera %' then 'unknown-device'
  when reason like 'no device in the site file%' then 'unknown-topic'
  when reason like 'device % belongs to site %' or reason like 'device % speaks %' then 'wrong-topic'
  when reason = 'not JSON' then 'not-json'
  when reason like 'the payload has % bytes; at most %' then 'too-large'
  when reason like 'gap: %' then 'gap'
  when topic like 'kuzet/v1/uplink/%' or topic like 'kuzet/v1/edge/%' then 'uplink'
  else 'not-understood' end;
create index dead_letters_class on kuzet.dead_letters (class, id desc);
