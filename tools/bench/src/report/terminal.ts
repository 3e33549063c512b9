// The report as text, at most 100 columns wide.
import { spread } from '../measure/statistics.ts';
import { limitOf, medianOf, throughputRatio } from './ratios.ts';
import type { DeliveryFigures } from '../delivery/delivery-latencies.ts';
import type { AcrossResult, DeliveryResult, IngestResult, PeerDescription, PeerResult, Report } from './report.ts';
import { type Column, formatNumber, formatPercent, missing, renderTable } from './table.ts';
import type { TargetVerdict } from './targets.ts';

const columnsMax = 100;
const mb = (bytes: number | undefined) => (bytes === undefined ? missing : formatNumber(Math.round(bytes / 1e6)));

export function renderReport(report: Report): string {
  const sections = [
    heading(report),
    ...report.ingest.map((result) => [titleOf(result), ...ingestTable(result, report.peers)]),
    whole('Columns', report.ingest.length === 0 ? [] : columnsExplained),
    whole('What an acknowledged event survives, and what each does', report.peers.flatMap(durabilityLines)),
    whole('Starts of the aggregator, until ready', report.starts.map(startLine)),
    ...report.deliveries.map((result) => whole(result.title, deliveryLines(result))),
    ...report.across.map((result) => whole(result.title, acrossLines(result))),
    whole('Bytes an event in PostgreSQL', report.ingest.flatMap(bytesLines)),
    whole('The aggregator while it was filled', report.fills.map(fillLine)),
    whole('GET /livez of the aggregator, every 20 ms under load', [livenessLine(report)]),
    whole('Targets', renderTable(targetColumns, report.targets)),
    whole(
      'Skipped',
      report.skipped.map(({ scenario, reason }) => `${scenario}: ${reason}`),
    ),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => `${line}\n`).join(''))
    .join('\n')}`;
}

function heading({ machine, othersCpuPart, revision, seed, command, startedAt, elapsedMs }: Report): string[] {
  const changed = revision.changed ? ', with changes' : '';
  const node = `Node ${machine.node}`;
  const others = othersCpuPart === undefined ? '' : `; others used ${formatPercent(othersCpuPart)} of it meanwhile`;
  return [
    ...wrap(command),
    `${startedAt}, ${formatNumber(Math.round(elapsedMs / 1000))} s, seed ${seed}, ` +
      `commit ${revision.commit?.slice(0, 12) ?? 'unknown'}${changed}`,
    ...wrap(`${machine.cores} × ${machine.cpu}, ${mb(machine.memoryBytes)} MB, ${machine.system}, ${node}${others}`),
  ];
}

function titleOf({ name, title, events, load, stored, peers }: IngestResult): string {
  const rounds = Math.max(...peers.map((peer) => peer.rounds.length));
  const before = stored === 0 ? '' : ` on ${formatNumber(stored)} stored`;
  const size = `${rounds} ${rounds === 1 ? 'round' : 'rounds'} of ${formatNumber(events)} events${before}`;
  const shape = `${formatPercent(load.repeats)} repeats, ${load.ids} ids`;
  return `${name}: ${title}\n  ${size}, ${shape}, ${formatNumber(load.contentBytes)} B of ${load.content}`;
}

function ingestTable(result: IngestResult, descriptions: readonly PeerDescription[]): string[] {
  const limit = limitOf(result);
  const accepts = result.peers.some(({ storedPerSecond }) => storedPerSecond !== undefined);
  const survives = (peer: PeerResult) => descriptions.find(({ name }) => name === peer.peer)?.survives ?? missing;
  const figure = (title: string, text: (peer: PeerResult) => string): Column<PeerResult> => ({
    title,
    align: 'right',
    text,
  });
  const columns: Column<PeerResult>[] = [
    { title: 'peer', align: 'left', text: ({ peer }) => peer },
    { title: 'survives', align: 'left', text: survives },
    figure('events/s', ({ eventsPerSecond }) => formatNumber(Math.round(eventsPerSecond.median))),
    figure('±', ({ eventsPerSecond }) => formatPercent(spread(eventsPerSecond))),
    ...(accepts
      ? [figure('stored/s', ({ storedPerSecond: rate }) => formatNumber(rate && Math.round(rate.median)))]
      : [figure('×limit', (peer) => throughputRatio(peer, limit)?.toFixed(2) ?? missing)]),
    figure('srv µs', ({ rounds }) => formatNumber(medianOf(rounds, (round) => round.serverCpuUsPerEvent))),
    figure('cli µs', ({ rounds }) => formatNumber(medianOf(rounds, (round) => round.clientCpuUsPerEvent))),
    figure('MB', ({ memoryBytes }) => mb(memoryBytes)),
    figure('p50 ms', ({ p50Ms }) => formatNumber(p50Ms)),
    figure('p99 ms', ({ p99Ms }) => formatNumber(p99Ms)),
    figure('flush/s', flushesPerSecond),
    figure('B/ev', ({ rounds }) => formatNumber(medianOf(rounds, (round) => round.writtenBytesPerEvent))),
  ];
  return renderTable(columns, result.peers);
}

const columnsExplained = [
  '±        half the distance between the fastest and the slowest round',
  '×limit   of the faster of sqlite-one-row and sqlite-many-rows, round by round, the median',
  'stored/s until the last one was stored, where events/s are accepted before they are stored',
  'srv, cli CPU time an event of the server, and of the client that sends (encoding beforehand)',
  'MB       resident memory of the server; loops without a server hold their load in it: not shown',
  'p50, p99 of calls; a stream has one answer at its end, and loops have no calls',
  'flush/s  fsync and fdatasync: those of an event in a round under strace, times events/s without it',
  'B/ev     bytes that the server caused to be written, an event',
];

/** strace slows the round down in which flushes are counted: what they are by the event changes less. */
function flushesPerSecond({ flushes, eventsPerSecond, storedPerSecond = eventsPerSecond }: PeerResult): string {
  return formatNumber(flushes && (flushes.perThousandEvents * storedPerSecond.median) / 1000);
}

function durabilityLines({ name, survives, durability, version, absent }: PeerDescription): string[] {
  if (absent !== undefined) return wrap(`${name}: absent, ${absent}`);
  return wrap(`${name} (${version}): ${survives}. ${durability}`);
}

function startLine({ title, stored, readyMs, rounds }: Report['starts'][number]): string {
  const { median, min, max } = readyMs;
  const range = `${formatNumber(min)} to ${formatNumber(max)} ms in ${rounds.length} starts`;
  return `${title}: ${formatNumber(median)} ms (${range}, ${formatNumber(stored)} events stored)`;
}

function deliveryLines(result: DeliveryResult): string[] {
  const { seconds, stalledReaders, memoryBytes, memoryBesideStalledBytes, subscribersLeft } = result;
  return [
    `alone, ${seconds} s: ${deliveryText(result.alone)}`,
    `beside ${stalledReaders} stalled readers: ${deliveryText(result.besideStalled)}`,
    `memory ${mb(memoryBytes)} MB alone, ${mb(memoryBesideStalledBytes)} MB beside them at the most; ` +
      `${subscribersLeft} of them still counted after they left`,
  ];
}

function acrossLines({ seconds, subscribers, onTheSame, onTheOther }: AcrossResult): string[] {
  return [
    `${subscribers} subscribers on the same replica, ${seconds} s: ${deliveryText(onTheSame)}`,
    `${subscribers} subscribers on the other: ${deliveryText(onTheOther)}`,
  ];
}

/** From the acknowledgement of an event to its delivery. */
function deliveryText({ deliveries, missed, p50Ms, p99Ms, maxMs, serverCpuPart }: DeliveryFigures): string {
  const cpu = serverCpuPart === undefined ? '' : `, ${formatPercent(serverCpuPart)} CPU`;
  const latencies = `p50 ${formatNumber(p50Ms)}, p99 ${formatNumber(p99Ms)}, max ${formatNumber(maxMs)} ms`;
  return `${latencies}; ${formatNumber(deliveries)} deliveries, ${missed} missed${cpu}`;
}

/** For each event that was sent, whether or not it was a repeat. */
function bytesLines({ name, peers }: IngestResult): string[] {
  return peers
    .filter(({ walBytesPerEvent }) => walBytesPerEvent !== undefined)
    .map(({ peer, walBytesPerEvent, databaseBytesPerEvent, keyBytesPerEvent }) => {
      const keys = keyBytesPerEvent ? `, ${formatNumber(keyBytesPerEvent)} of them for its key` : '';
      const tables = `${formatNumber(databaseBytesPerEvent)} in tables and indexes${keys}`;
      return `${name}, ${peer}: ${formatNumber(walBytesPerEvent)} to the WAL, ${tables}`;
    });
}

function fillLine({
  stored,
  ingested,
  eventsPerSecond,
  memoryBytes,
  peakMemoryBytes,
}: Report['fills'][number]): string {
  const rate = `${formatNumber(Math.round(eventsPerSecond))} events/s`;
  const memory = `${mb(memoryBytes)} MB resident, ${mb(peakMemoryBytes)} MB at the most`;
  return `${formatNumber(ingested)} events, to ${formatNumber(stored)} stored: ${rate}, ${memory}`;
}

function livenessLine({ liveness }: Report): string {
  const { asked, unanswered, p50Ms, p99Ms, maxMs } = liveness;
  const latencies = `p50 ${formatNumber(p50Ms)} ms, p99 ${formatNumber(p99Ms)} ms, max ${formatNumber(maxMs)} ms`;
  return `${formatNumber(asked)} asked, ${formatNumber(unanswered)} unanswered, ${latencies}`;
}

const symbols = { 'be at least': '≥', 'be at most': '≤', 'be below': '<' } as const;

const targetColumns: readonly Column<TargetVerdict>[] = [
  { title: 'target', align: 'left', text: ({ name }) => name },
  { title: 'asked', align: 'right', text: ({ must, bound, unit }) => `${symbols[must]} ${bound} ${unit}` },
  {
    title: 'measured',
    align: 'right',
    text: ({ value, unit }) => (value === undefined ? missing : `${formatNumber(value)} ${unit}`),
  },
  { title: '', align: 'left', text: ({ verdict }) => verdict },
];

function whole(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}

/** At spaces; what has none stays whole. */
export function wrap(text: string, width = columnsMax - 2): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = `    ${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
