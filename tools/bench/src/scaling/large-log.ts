// What a log of so many events a second takes, from what a run of the bench has measured.
import { createLoad } from '../load/load.ts';
import { encodeRequest } from '../peers/event-encoding.ts';
import { medianOf } from '../report/ratios.ts';
import type { PeerResult, Report } from '../report/report.ts';
import { usualLoad } from '../scenarios/scenario.ts';

/** What is left for bursts, for a partition that comes back and catches up, and for uneven partitions. */
const usedPart = 0.5;
/** Of what is stored: the standby of each partition. */
const copies = 2;
const secondsPerDay = 86_400;

export interface MeasuredLog {
  readonly eventsPerSecond: number;
  readonly cpuUsPerEvent: number;
  readonly wireBytesPerEvent: number;
  readonly walBytesPerEvent: number;
  readonly databaseBytesPerEvent: number;
  readonly keyBytesPerEvent: number;
  /** Of a call of one event with no other in flight. */
  readonly commitMs: number;
}

export interface LargeLog {
  readonly partitions: number;
  readonly cores: number;
  readonly wireMbPerSecond: number;
  readonly walMbPerSecond: number;
  readonly storedTbPerDay: number;
  /** Of it, what stays when the bodies are dropped. */
  readonly keysTbPerDay: number;
}

/** Throws when the run lacks what is needed. */
export function measuredLog({ ingest }: Pick<Report, 'ingest'>): MeasuredLog {
  const peerIn = (scenario: string): PeerResult => {
    const peers = ingest.find(({ name }) => name === scenario)?.peers;
    const found = peers?.find(({ peer }) => peer === 'oncelog-postgres');
    if (found === undefined) throw new Error(`the report has no oncelog-postgres in ${scenario}`);
    return found;
  };
  const streams = peerIn('postgres-500');
  const wanted = {
    eventsPerSecond: streams.eventsPerSecond.median,
    cpuUsPerEvent: medianOf(streams.rounds, ({ serverCpuUsPerEvent }) => serverCpuUsPerEvent),
    wireBytesPerEvent: wireBytesPerEvent(),
    walBytesPerEvent: streams.walBytesPerEvent,
    databaseBytesPerEvent: streams.databaseBytesPerEvent,
    keyBytesPerEvent: streams.keyBytesPerEvent,
    commitMs: peerIn('postgres-unary-1').p50Ms,
  };
  const missing = Object.entries(wanted).find(([, value]) => value === undefined);
  if (missing) throw new Error(`the report has no ${missing[0]}`);
  return wanted as MeasuredLog;
}

export function largeLog(eventsPerSecond: number, measured: MeasuredLog): LargeLog {
  const tbPerDay = (bytes: number) => (eventsPerSecond * secondsPerDay * bytes * copies) / 1e12;
  return {
    partitions: Math.ceil(eventsPerSecond / (measured.eventsPerSecond * usedPart)),
    cores: Math.ceil((eventsPerSecond * measured.cpuUsPerEvent) / 1e6 / usedPart),
    wireMbPerSecond: (eventsPerSecond * measured.wireBytesPerEvent) / 1e6,
    walMbPerSecond: (eventsPerSecond * measured.walBytesPerEvent) / 1e6,
    storedTbPerDay: tbPerDay(measured.databaseBytesPerEvent),
    keysTbPerDay: tbPerDay(measured.keyBytesPerEvent),
  };
}

/** Of a message of 500, as the bench sends them. */
function wireBytesPerEvent(): number {
  const count = 500;
  const { events } = createLoad({ ...usualLoad, seed: 1, name: 'wire', round: 1, count });
  return encodeRequest(events, 'bytes').length / count;
}
