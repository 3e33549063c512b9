// GET /stats: flat, in the words of the older log aggregators, with more beside them.
import { instantOfMs } from '@oncelog/core';
import { type EventLog, getStats } from '../handlers/event-log.ts';
import type { NodeRequest } from '../port/dual-server.ts';
import { parseQuery } from './query.ts';
import type { RestAnswer } from './rest-answer.ts';
import { formatInstant } from './rfc3339.ts';

export async function stats(log: EventLog, { url = '' }: NodeRequest): Promise<RestAnswer> {
  parseQuery(url, []);
  const { store, state } = log;
  const { received, stored, duplicates, conflicts, topics, topicCount, sourceCount, ...more } = await getStats(log);
  const { lastPosition, durability, broker } = more;
  const uptimeSeconds = Math.floor((Date.now() - state.startTimeMs) / 1000);
  const uptime = { uptime: clockTime(uptimeSeconds), uptime_seconds: uptimeSeconds };
  const counters = { received, unique_processed: stored, duplicate_dropped: duplicates + conflicts };
  const json = JSON.stringify({
    ...counters,
    conflicts,
    topics: topics.map(({ name }) => name),
    topic_count: topicCount,
    source_count: sourceCount,
    last_position: lastPosition,
    refused_requests: state.refusedRequests,
    subscribers: log.subscriptions.count,
    ...uptime,
    started_at: formatInstant(instantOfMs(state.startTimeMs)),
    store: store.kind,
    durability,
    broker: broker && {
      kind: broker.kind,
      waiting_events: broker.waitingEvents,
      delivered_events: broker.deliveredEvents,
      dead_entries: broker.deadEntries,
    },
    log_id: store.logId,
    version: state.version,
    uptime_stats: uptime,
    database_stats: { ...counters, topics: topicCount },
  });
  return { json };
}

function clockTime(seconds: number): string {
  const two = (number: number) => String(number).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}
