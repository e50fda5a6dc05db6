-- What the loss alarm of cameras is judged by, written with each word of a camera. no_picture_since: the edge's clock, the
-- last picture before the loss; null while pictures come. no_picture_heard_at: the same by the hub's clock, never in the
-- past of a backlog. picture_since: the hub's clock, since when pictures come without a break.
alter table kuzet.cameras add column no_picture_since timestamptz;
alter table kuzet.cameras add column no_picture_heard_at timestamptz;
alter table kuzet.cameras add column picture_since timestamptz;
alter table kuzet.cameras add column loss_evidence text;
create index cameras_no_picture on kuzet.cameras (no_picture_heard_at) where no_picture_heard_at is not null;

-- Which cameras a camera-lost alarm is of: one row each, which stays when the camera is back. Such an alarm's device_id is
-- its own id, because it may be of many. times: how often the camera joined it; joined_at: when it last did.
create table kuzet.alarm_cameras (
  alarm_id text not null,
  camera_id text not null,
  no_picture_since timestamptz not null,
  joined_at timestamptz not null,
  back_at timestamptz,
  times integer not null default 1,
  primary key (alarm_id, camera_id)
);
create unique index alarm_cameras_one_open on kuzet.alarm_cameras (camera_id) where back_at is null;
create index alarm_cameras_back on kuzet.alarm_cameras (camera_id, back_at);
