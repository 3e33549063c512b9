// The counters for people and for programs.
import type { Counters, GetStatsResponse, NamedCounters } from '@oncelog/client';
import { brokerJson, brokerText } from './broker-text.ts';
import type { OutputStream } from './cli-context.ts';
import { printable } from './printable-lines.ts';
import { type Column, printTable } from './table.ts';

/** Of topics and of sources: the busiest; --json has them all. */
const rowsMax = 10;

const counterColumns: readonly Column[] = ['RECEIVED', 'STORED', 'DUPLICATES', 'CONFLICTS'].map((title) => ({
  title,
  alignRight: true,
}));

export function statsText(
  stats: GetStatsResponse,
  stream: OutputStream,
  env: Readonly<Partial<Record<string, string>>>,
): string {
  const { topics, topicCount, sources, sourceCount, uptime, store, durability, version, refusedRequests, broker } =
    stats;
  const table = (title: string, named: readonly NamedCounters[], count: bigint) => {
    if (named.length === 0) return '';
    const columns = [{ title, flexible: true }, ...counterColumns];
    const rows = named.slice(0, rowsMax).map(({ name, counters }) => [name || '(none)', ...counterCells(counters)]);
    const hidden = Number(count) - rows.length;
    return `\n${printTable(stream, columns, rows, env)}${hidden > 0 ? `and ${hidden} more\n` : ''}`;
  };
  const facts = [`up ${duration(Number(uptime?.seconds ?? 0))}`, `store ${store}`, `durability ${durability}`];
  if (version !== '') facts.push(`version ${version}`);
  if (refusedRequests > 0n) facts.push(`${refusedRequests} requests refused`);
  const lines = [facts.join(', ')];
  if (broker) lines.push(brokerText(broker));
  return [
    printTable(
      stream,
      [{ title: 'LOG', flexible: true }, ...counterColumns],
      [['all', ...counterCells(stats.counters)]],
      env,
    ),
    table('TOPIC', topics, topicCount),
    table('SOURCE', sources, sourceCount),
    `\n${lines.map((line) => `${printable(line)}\n`).join('')}`,
  ].join('');
}

export function statsJson(stats: GetStatsResponse) {
  const named = ({ name, counters }: NamedCounters) => ({ name, ...numbersOf(counters) });
  return {
    ...numbersOf(stats.counters),
    topics: stats.topics.map(named),
    topic_count: Number(stats.topicCount),
    sources: stats.sources.map(named),
    source_count: Number(stats.sourceCount),
    refused_requests: Number(stats.refusedRequests),
    uptime_seconds: Number(stats.uptime?.seconds ?? 0),
    last_position: Number(stats.lastPosition),
    durability: stats.durability,
    store: stats.store,
    broker: stats.broker && brokerJson(stats.broker),
    log_id: stats.logId,
    version: stats.version,
  };
}

/** "1 d 02:03:04" */
function duration(seconds: number): string {
  const clock = new Date((seconds % 86_400) * 1000).toISOString().slice(11, 19);
  return seconds < 86_400 ? clock : `${Math.floor(seconds / 86_400)} d ${clock}`;
}

function counterCells(counters: Counters | undefined): string[] {
  return Object.values(numbersOf(counters)).map((count) => count.toLocaleString('en-US'));
}

function numbersOf(counters: Counters | undefined) {
  return {
    received: Number(counters?.received ?? 0),
    stored: Number(counters?.stored ?? 0),
    duplicates: Number(counters?.duplicates ?? 0),
    conflicts: Number(counters?.conflicts ?? 0),
  };
}
