-- What the log has refused for what it is. It stays until an operator deletes it.
create table refused (
  number integer primary key, -- that it had in the outbox
  traceparent text,
  entry text not null,
  reason text -- the log's answer
);
