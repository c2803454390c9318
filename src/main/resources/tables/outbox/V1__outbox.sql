create table outbox (
  number integer primary key autoincrement,
  traceparent text,
  entry text not null
);
