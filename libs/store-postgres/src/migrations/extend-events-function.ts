// Room at the end of the log: partitions for bodies that have no position yet.

/**
 * Makes partitions until `ahead` positions beyond the head have one, and returns where the last of them ends. Each is
 * made as a table of its own, which holds up nobody, and attached then.
 *
 * For that the bodies are locked for a moment. A session that plans a statement while a partition is attached may keep,
 * for as long as it lives, a list of partitions without it, and reads then find keys without their bodies: PostgreSQL
 * 15 did so once in 400 partitions under load. Attaching asks for a weaker lock by itself, and goes on with that when
 * somebody reads for long, such as a backup; sessions are renewed before the partition is needed (open-database.ts).
 */
export const extendEventsFunction = `create function extend_events(ahead bigint, partition_positions bigint)
returns bigint language plpgsql as $$
declare
  head bigint;
  first bigint;
  first_end bigint;
  last_end bigint;
begin
  perform pg_advisory_xact_lock('event'::regclass::oid::bigint);
  select stored into strict head from log where id = 1;
  select max((regexp_match(pg_get_expr(relpartbound, oid), 'TO \\(''(\\d+)''\\)'))[1]::bigint) into first_end
  from pg_inherits join pg_class on oid = inhrelid where inhparent = 'event'::regclass;
  first_end := coalesce(first_end, head + 1);
  last_end := first_end;
  while last_end <= head + ahead loop
    execute format('create table %I (like event including all)', 'event_' || last_end);
    last_end := last_end + partition_positions;
  end loop;
  if last_end = first_end then
    return last_end;
  end if;

  begin
    -- Whoever comes meanwhile waits as well.
    perform set_config('lock_timeout', '100ms', true);
    lock table event in access exclusive mode;
  exception when lock_not_available then
    null;
  end;
  for first in select generate_series(first_end, last_end - 1, partition_positions) loop
    execute format('alter table event attach partition %I for values from (%s) to (%s)',
      'event_' || first, first, first + partition_positions);
  end loop;
  return last_end;
end $$`;
