import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises'; // clock: see pollMs
import { type Client, Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { ConsumerService, EventLogService, ErrorInfoSchema, SettleResult } from '@oncelog/protocol';
import { describe, expect, it, onTestFinished } from 'vitest';
import { launchAggregator } from '../launch/aggregator-process.ts';
import { hasTool } from '../launch/required-tool.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';

/** How often what cannot be stored is sent again. */
const pollMs = 20;
const group = 'g';
/** More than the group can settle before the disk is full, so that it has something left to ask for then. */
const backlog = 1000;
const settledAtOnce = 4;
const payload = Buffer.alloc(4096, 'x');

const canMount = hasTool('mount', process.getuid?.() === 0 ? undefined : 'only root mounts a file system');

/** What was answered, and in which order with what was asked. */
class Ledger {
  readonly stored = new Map<string, number>();
  readonly settledAt = new Map<number, number>();
  readonly deliveredAgain: number[] = [];
  /** Answers of one kind of call, by their code. */
  readonly answers = new Map<string, number>();
  step = 0;

  count(answer: string): void {
    this.answers.set(answer, (this.answers.get(answer) ?? 0) + 1);
  }
}

interface Load {
  readonly url: string;
  readonly log: Client<typeof EventLogService>;
  readonly groups: Client<typeof ConsumerService>;
  readonly ledger: Ledger;
  readonly ends: AbortSignal;
}

describe.skipIf(!canMount)('a disk that is full while a group, a session and lines are at work', () => {
  it('refuses all of them with DISK_FULL, and loses and repeats nothing when there is room again', async () => {
    const disk = smallDisk();
    const aggregator = await launchAggregator({ dataDir: join(disk.path, 'data') });
    onTestFinished(async () => void (await aggregator.end('SIGKILL')));
    const transport = createGrpcTransport({ baseUrl: aggregator.url });
    const ending = new AbortController();
    const load: Load = {
      url: aggregator.url,
      log: createClient(EventLogService, transport),
      groups: createClient(ConsumerService, transport),
      ledger: new Ledger(),
      ends: ending.signal,
    };
    const { groups, log, ledger } = load;
    await groups.createGroup({ name: group, settings: { leaseDuration: { seconds: 1n }, attemptsMax: 1000 } });
    await log.publish({ events: Array.from({ length: backlog }, (_, n) => ({ topic: 't', eventId: `before ${n}` })) });

    const working = [followGroup(load), publishBySession(load), publishByLines(load)];
    const refused = ['group DISK_FULL', 'session DISK_FULL', 'lines DISK_FULL'];
    await until(() => refused.every((answer) => (ledger.answers.get(answer) ?? 0) >= 5));
    expect((await log.getStats({})).lastPosition).toBeGreaterThan(0n);

    disk.grow();
    ledger.answers.clear();
    await until(() =>
      ['group OK', 'session OK', 'lines OK'].every((answer) => (ledger.answers.get(answer) ?? 0) >= 20),
    );
    ending.abort();
    await Promise.all(working);
    while (await settleSome(load, 1000));

    expect(ledger.deliveredAgain).toEqual([]);
    const listed = await positionsById(log);
    for (const [id, position] of ledger.stored) expect(listed.get(id), id).toBe(position);
    const { counters, lastPosition } = await log.getStats({});
    expect(counters).toMatchObject({ stored: BigInt(listed.size) });
    expect(lastPosition).toBe(BigInt(listed.size));
    expect(ledger.settledAt.size).toBe(listed.size);
    expect((await groups.getGroup({ name: group })).group).toMatchObject({ outstanding: 0, backlog: 0n });
    expect(await aggregator.end('SIGTERM')).toEqual({ code: 0, signal: null });
  });
});

function smallDisk() {
  const { path, [Symbol.dispose]: remove } = temporaryFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', path]);
  onTestFinished(() => {
    execFileSync('umount', ['-l', path]);
    remove();
  });
  return { path, grow: () => execFileSync('mount', ['-o', 'remount,size=512m', path]) };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await delay(pollMs);
}

async function followGroup(load: Load): Promise<void> {
  while (!load.ends.aborted) await attempt(load, 'group', () => settleSome(load, settledAtOnce));
}

async function settleSome({ groups, ledger }: Load, eventsMax: number): Promise<boolean> {
  const askedAt = (ledger.step += 1);
  const { deliveries } = await groups.pull({ group, eventsMax, wait: { seconds: 2n } });
  const positions = deliveries.map(({ entry }) => Number(entry!.entry.value!.position));
  const again = positions.filter((position) => (ledger.settledAt.get(position) ?? Infinity) < askedAt);
  ledger.deliveredAgain.push(...again);
  if (deliveries.length === 0) return false;
  const { results } = await groups.acknowledge({ group, deliveryIds: deliveries.map(({ deliveryId }) => deliveryId) });
  ledger.step += 1;
  results.forEach((result, index) => {
    if (result !== SettleResult.LEASE_LOST) ledger.settledAt.set(positions[index]!, ledger.step);
  });
  return true;
}

async function publishBySession(load: Load): Promise<void> {
  const { log, ledger, ends } = load;
  let next = 0;
  while (!ends.aborted) {
    const sent: string[] = [];
    async function* requests() {
      for (; !ends.aborted; next += 1) {
        sent.push(`session ${next}`);
        yield {
          events: [{ topic: 't', eventId: `session ${next}`, content: { case: 'data' as const, value: payload } }],
        };
        await delay(1);
      }
    }
    await attempt(load, 'session', async () => {
      for await (const { outcomes } of log.publishSession(requests())) {
        if (outcomes.length === 0) continue;
        ledger.stored.set(sent.shift()!, Number(outcomes[0]!.position));
        ledger.count('session OK');
      }
    });
  }
}

async function publishByLines(load: Load): Promise<void> {
  const { url, ledger, ends } = load;
  const headers = { 'content-type': 'application/x-ndjson', accept: 'application/x-ndjson' };
  for (let next = 0; !ends.aborted; next += 1) {
    const body = `{"topic":"t","event_id":"line ${next}","payload":{"text":"${payload.toString()}"}}\n`;
    const answer = await (await fetch(`${url}/publish`, { method: 'POST', headers, body })).text();
    const { event_id: id, position, code } = JSON.parse(answer.split('\n')[0]!) as LineAnswer;
    if (id !== undefined && position !== undefined) ledger.stored.set(id, position);
    ledger.count(`lines ${code ?? 'OK'}`);
    if (code !== undefined) await delay(pollMs);
  }
}

interface LineAnswer {
  readonly event_id?: string;
  readonly position?: number;
  readonly code?: string;
}

async function attempt({ ledger }: Load, kind: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
    ledger.count(`${kind} OK`);
  } catch (error) {
    const failure = ConnectError.from(error);
    ledger.count(`${kind} ${failure.findDetails(ErrorInfoSchema)[0]?.reason ?? Code[failure.code]}`);
    await delay(pollMs);
  }
}

async function positionsById(log: Client<typeof EventLogService>): Promise<Map<string, number>> {
  const positions = new Map<string, number>();
  let pageToken = '';
  do {
    const page = await log.listEvents({ pageSize: 1000, pageToken });
    for (const { event, position } of page.events) positions.set(event!.eventId, Number(position));
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return positions;
}
