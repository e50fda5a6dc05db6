-- Items of an edge that exist nowhere any more (U10). Written with the cursor that passes them, and never deleted.
create table kuzet.gaps (
  id bigint generated always as identity primary key,
  edge_id text not null,
  lane text not null,
  epoch text not null,
  from_seq bigint not null,
  to_seq bigint not null,
  -- When the first and the last of them came in at the edge; null where nobody knows.
  from_at timestamptz,
  to_at timestamptz,
  -- full: the spool had no room. damaged: its disk did not give them back. unknown: the edge does not say.
  reason text not null,
  noted_at timestamptz not null
);
