// The one hot statement: a group of events becomes part of the log in one call, and so in one transaction.
//
// It takes the one row of the log first. Whoever waits for that row sees, in each later statement of the function, what
// was committed meanwhile: so positions are dense, become visible in the order of the commits, and writers cannot
// deadlock. The call is committed by the server itself: no client holds the row while it thinks, or is cut off.
//
// The next call lies ready on the same connection while this one commits. It is given back where this one stored
// nothing, so that events never overtake those which were sent before them.

/**
 * Events of a group are numbered from 1. `repeat_numbers` are those whose key came before in the same group, and
 * `repeat_firsts` where. A drop is a repeat or a conflict: `drop_firsts` is the position of the first of its key, or
 * minus its number where that is of the same group. Whether contents of two digests say the same is for the caller to
 * find out: then nothing is stored, and the call comes again with its verdicts.
 */
export const appendEventsFunction = `create function append_events(
  turn bigint, after_turn bigint, now_ms bigint, sources_max integer, drops_max bigint,
  topic_names text[], source_names text[], type_names text[],
  topics integer[], sources integer[], types integer[], seconds bigint[], nanos integer[],
  ids bytea[], digests bytea[], attribute_texts text[], contents bytea[],
  repeat_numbers integer[], repeat_firsts integer[],
  verdict_numbers integer[], verdict_firsts bigint[], verdict_sames boolean[],
  out out_of_turn boolean, out head bigint, out time_ms bigint, out undecided boolean,
  out drop_numbers integer[], out drop_firsts bigint[], out drop_times bigint[], out drop_sames boolean[]
) language plpgsql as $$
declare
  head_before bigint;
  topic_ids integer[];
  source_ids integer[];
  channel text;
  stored_count integer;
  conflict_count integer;
  last_drop bigint;
  last_source integer;
begin
  out_of_turn := after_turn <> 0 and coalesce(current_setting('oncelog.turn', true), '') <> after_turn::text;
  if out_of_turn then
    return;
  end if;

  select stored, 'oncelog_' || log_id into strict head_before, channel from log where id = 1 for update;
  select greatest(now_ms, (select stored_time_ms from event_key where position = head_before)) into time_ms;

  topic_ids := array(
    select topic.id from unnest(topic_names) with ordinality given (name, n) left join topic using (name) order by n);

  select array_agg(looked_up.n order by looked_up.n), array_agg(looked_up.first order by looked_up.n),
    array_agg(looked_up.stored_time_ms order by looked_up.n),
    array_agg(coalesce(looked_up.same, verdict.same) order by looked_up.n)
  into drop_numbers, drop_firsts, drop_times, drop_sames
  from (
    select given.n, coalesce(stored.position, -repeated.first) as first, stored.stored_time_ms,
      nullif(given.digest = coalesce(stored.digest, digests[repeated.first]), false) as same
    from unnest(topics, ids, digests) with ordinality given (topic, event_id, digest, n)
    left join lateral (
      select position, digest, stored_time_ms from event_key
      where topic_id = topic_ids[given.topic] and event_id = given.event_id offset 0) stored on true
    left join unnest(repeat_numbers, repeat_firsts) repeated (n, first) on repeated.n = given.n
    where stored.position is not null or repeated.first is not null
  ) looked_up
  left join unnest(verdict_numbers, verdict_firsts, verdict_sames) verdict (n, first, same) using (n, first);

  undecided := array_position(drop_sames, null) is not null;
  if undecided then
    head := head_before;
    return;
  end if;

  if array_position(topic_ids, null) is not null then
    insert into topic (id, name, stored, duplicates, conflicts)
    select (select coalesce(max(id), 0) from topic) + row_number() over (order by n), name, 0, 0, 0
    from unnest(topic_names, topic_ids) with ordinality given (name, id, n) where id is null;
    topic_ids := array(
      select topic.id from unnest(topic_names) with ordinality given (name, n) join topic using (name) order by n);
  end if;

  insert into event_key (position, topic_id, event_id, digest, stored_time_ms)
  select head_before + row_number() over (order by n), topic_ids[topic], event_id, digest, time_ms
  from unnest(topics, ids, digests) with ordinality given (topic, event_id, digest, n)
  left join unnest(drop_numbers) dropped (n) using (n)
  where dropped.n is null
  order by n;
  get diagnostics stored_count = row_count;
  head := head_before + stored_count;

  insert into event (position, source, timestamp_seconds, timestamp_nanos, attributes, content_type, content)
  select head_before + row_number() over (order by n), source_names[source],
    case when nano < 0 then div(time_ms, 1000) else second end,
    case when nano < 0 then mod(time_ms, 1000) * 1000000 else nano end,
    attributes, nullif(type_names[type], ''), content
  from unnest(sources, types, seconds, nanos, attribute_texts, contents)
    with ordinality given (source, type, second, nano, attributes, content, n)
  left join unnest(drop_numbers) dropped (n) using (n)
  where dropped.n is null
  order by n;

  if drop_numbers is not null then
    -- The first of a key may have come in the same group.
    select array_agg(coalesce(nullif(greatest(first, 0), 0), stored.position) order by drops.n),
      array_agg(coalesce(first_time, time_ms) order by drops.n)
    into drop_firsts, drop_times
    from unnest(drop_numbers, drop_firsts, drop_times) drops (n, first, first_time)
    left join lateral (
      select position from event_key
      where first < 0 and topic_id = topic_ids[topics[drops.n]] and event_id = ids[drops.n] offset 0) stored on true;

    select coalesce(max(id), 0) into last_drop from event_drop;
    insert into event_drop (id, position, source, timestamp_seconds, timestamp_nanos, conflict, dropped_time_ms)
    select last_drop + row_number() over (order by n), first, source_names[source],
      case when nano < 0 then div(time_ms, 1000) else second end,
      case when nano < 0 then mod(time_ms, 1000) * 1000000 else nano end,
      case when same then 0 else 1 end, time_ms
    from unnest(sources, seconds, nanos) with ordinality given (source, second, nano, n)
    join unnest(drop_numbers, drop_firsts, drop_sames) drops (n, first, same) using (n)
    order by n;
    delete from event_drop where id <= last_drop + cardinality(drop_numbers) - drops_max;
  end if;

  source_ids := array(
    select source.id from unnest(source_names) with ordinality given (name, n) left join source using (name)
    order by n);
  if array_position(source_ids, null) is not null then
    -- Sources past a bound are counted together.
    select coalesce(max(id), 0) into last_source from source;
    insert into source (id, name, stored, duplicates, conflicts)
    select last_source + row_number() over (order by min(n)), name, 0, 0, 0
    from (
      select n, case when last_source + row_number() over (order by n) <= sources_max then name else '(other)' end
        as name
      from unnest(source_names, source_ids) with ordinality given (name, id, n) where id is null
    ) fresh
    where not exists (select from source where source.name = fresh.name) group by name;
    source_ids := array(
      select coalesce(own.id, other.id) from unnest(source_names) with ordinality given (name, n)
      left join source own using (name) left join source other on other.name = '(other)' order by n);
  end if;

  update topic
  set stored = stored + fresh, duplicates = duplicates + repeated, conflicts = conflicts + other
  from (
    select topic_ids[topic] as id, count(*) filter (where same is null) as fresh,
      count(*) filter (where same) as repeated, count(*) filter (where not same) as other
    from unnest(topics) with ordinality given (topic, n)
    left join unnest(drop_numbers, drop_sames) drops (n, same) using (n) group by 1
  ) counted where topic.id = counted.id;
  update source
  set stored = stored + fresh, duplicates = duplicates + repeated, conflicts = conflicts + other
  from (
    select source_ids[source] as id, count(*) filter (where same is null) as fresh,
      count(*) filter (where same) as repeated, count(*) filter (where not same) as other
    from unnest(sources) with ordinality given (source, n)
    left join unnest(drop_numbers, drop_sames) drops (n, same) using (n) group by 1
  ) counted where source.id = counted.id;
  conflict_count := (select count(*) from unnest(drop_sames) same where not same);
  update log
  set stored = head, conflicts = conflicts + conflict_count,
    duplicates = duplicates + coalesce(cardinality(drop_numbers), 0) - conflict_count
  where id = 1;
  if stored_count > 0 then
    perform pg_notify(channel, head::text);
  end if;
  perform set_config('oncelog.turn', turn::text, false);
end $$`;
