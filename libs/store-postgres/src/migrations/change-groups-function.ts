// Changes of consumer groups: one call, one transaction, one answer for each.

/** Groups are locked in the order of their names first, so that replicas that change several never deadlock. */
export const changeGroupsFunction = `create function change_groups(changes jsonb) returns boolean[]
language plpgsql as $$
declare
  channel text;
  change jsonb;
  changed_id integer;
  changed_version bigint;
  added integer;
  removed integer;
  answers boolean[] := '{}';
begin
  select 'oncelog_' || log_id into channel from log;
  perform from consumer_group
  where name in (select each ->> 'name' from jsonb_array_elements(changes) each) order by name for update;

  for change in select value from jsonb_array_elements(changes) with ordinality each (value, n) order by n loop
    update consumer_group
    set cursor = coalesce((change ->> 'cursor')::bigint, cursor), epoch = coalesce((change ->> 'epoch')::bigint, epoch),
      version = version + 1
    where name = change ->> 'name' and version = (change ->> 'expectedVersion')::bigint
    returning id, version into changed_id, changed_version;
    answers := answers || found;
    continue when not found;
    perform pg_notify(channel, changed_version || ' ' || (change ->> 'name'));

    delete from outstanding_event where group_id = changed_id and (
      (change ->> 'forgetsOutstanding')::boolean
      or position in (select each::bigint from jsonb_array_elements_text(change -> 'settled') each));
    insert into outstanding_event (group_id, position, attempts, due_time_ms, member, reason)
    select distinct on (position) changed_id, position, attempts, "dueTimeMs", member, reason
    from rows from (jsonb_to_recordset(change -> 'outstanding')
      as (position bigint, attempts integer, "dueTimeMs" bigint, member text, reason text)) with ordinality
      as each (position, attempts, "dueTimeMs", member, reason, n)
    order by position, n desc
    on conflict (group_id, position) do update set attempts = excluded.attempts, due_time_ms = excluded.due_time_ms,
      member = excluded.member, reason = excluded.reason;

    delete from outstanding_event where group_id = changed_id and position in (
      select (each ->> 'position')::bigint from jsonb_array_elements(change -> 'dead') each);
    delete from dead_letter where group_id = changed_id and position in (
      select (each ->> 'position')::bigint from jsonb_array_elements(change -> 'dead') each);
    get diagnostics removed = row_count;
    insert into dead_letter (group_id, position, attempts, reason, dead_time_ms)
    select distinct on (position) changed_id, position, attempts, reason, "deadTimeMs"
    from rows from (jsonb_to_recordset(change -> 'dead')
      as (position bigint, attempts integer, reason text, "deadTimeMs" bigint)) with ordinality
      as each (position, attempts, reason, "deadTimeMs", n)
    order by position, n desc;
    get diagnostics added = row_count;
    added := added - removed;
    delete from dead_letter where group_id = changed_id and position in (
      select each::bigint from jsonb_array_elements_text(change -> 'revived') each);
    get diagnostics removed = row_count;
    if added <> removed then
      update consumer_group set dead_letter_count = dead_letter_count + added - removed where id = changed_id;
    end if;
  end loop;
  return answers;
end $$`;
