-- For SQLite and PostgreSQL alike.
create table entry (
  id varchar(200) primary key,
  trace_id varchar(32),
  span_id varchar(16),
  service varchar(200) not null,
  site varchar(200) not null,
  connected boolean not null,
  latency bigint not null, -- milliseconds
  status integer,
  error text,
  time bigint not null -- milliseconds since 1970
);
create index entry_by_time on entry (time, id);
create index entry_by_trace on entry (trace_id);
create index entry_by_site on entry (site, time, id);
