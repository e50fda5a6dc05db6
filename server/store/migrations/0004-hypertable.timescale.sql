-- One day a chunk: 10,000 sensors at one reading in 30 s make 29 million rows a day, about 4 GB with the index, a
-- quarter of a 16 GB server, which is what TimescaleDB advises the newest chunk to be.
select create_hypertable(
  'kuzet.readings',
  'observed_at',
  chunk_time_interval => interval '1 day',
  create_default_indexes => false,
  migrate_data => true
);
