import { Readable } from 'node:stream';
import { StandInBroker, type StandInServer, startStandInServer } from '@oncelog/client/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CommandOptions, runCommand } from '../testing/run-command.ts';

let server: StandInServer;
let broker: StandInBroker;

beforeEach(async () => {
  server = await startStandInServer();
  broker = new StandInBroker();
  server.log.broker = broker;
});

afterEach(() => server.close());

function oncelog(args: string[], options: CommandOptions = {}) {
  return runCommand(args, { target: server.target, ...options });
}

const publishOne = (id: string, ...more: string[]) =>
  oncelog(['publish', 'orders', '--id', id, '--payload', '{"n":1}', ...more]);

async function publishAndBury(...ids: string[]): Promise<void> {
  for (const id of ids) {
    await publishOne(id);
    broker.bury(1, `the store refuses ${id}`);
  }
}

describe('publishing to a log with a broker', () => {
  it('says that the event is queued, and is a success', async () => {
    const { stdout, exitCode } = await publishOne('order-1');
    expect([stdout, exitCode]).toEqual(['ACCEPTED orders/order-1: queued by the broker, to be stored soon\n', 0]);
  });

  it('tells programs so without a position', async () => {
    const { stdout } = await publishOne('order-1', '--json');
    expect(JSON.parse(stdout)).toEqual({ topic: 'orders', event_id: 'order-1', outcome: 'ACCEPTED' });
  });

  it('counts what is queued of a pipe, and what is refused', async () => {
    const lines = ['{"topic":"t","event_id":"a"}', 'oops', '{"topic":"t","event_id":"b"}'];
    const stdin = Readable.from([Buffer.from(lines.join('\n'))]);
    const { stdout, exitCode } = await oncelog(['publish'], { stdin });
    expect([stdout, exitCode]).toEqual(['3 events: 2 queued, 1 refused\n', 4]);
  });

  it('is followed by check, which finds the event when it is stored', async () => {
    await publishOne('order-1');
    expect((await oncelog(['check', 'orders', 'order-1'])).exitCode).toBe(4);
    server.log.storeAccepted();
    expect((await oncelog(['check', 'orders', 'order-1'])).exitCode).toBe(0);
  });
});

describe('oncelog broker', () => {
  it.each([['broker'], ['broker', 'status']])('tells how much waits: %s %s', async (...args) => {
    await publishAndBury('a');
    await publishOne('b');
    const { stdout } = await oncelog(args.filter((arg) => arg !== undefined));
    expect(stdout).toBe(
      'broker memory: 1 events wait, 0 of them with a worker; 1 entries are dead: oncelog broker dead\n',
    );
    expect(JSON.parse((await oncelog([...args, '--json'])).stdout)).toEqual({
      kind: 'memory',
      waiting_events: 1,
      delivered_events: 0,
      dead_entries: 1,
    });
  });

  it('is in the statistics too', async () => {
    await publishOne('a');
    expect((await oncelog(['stats'])).stdout).toContain('durability accepted\nbroker memory: 1 events wait');
    expect(JSON.parse((await oncelog(['stats', '--json'])).stdout)).toMatchObject({ broker: { waiting_events: 1 } });
  });

  it.each([['broker'], ['broker', 'dead'], ['broker', 'replay', '--all']])(
    'says that a log has none: %s %s %s',
    async (...args) => {
      server.log.broker = undefined;
      const { stderr, exitCode } = await oncelog(args.filter((arg) => arg !== undefined));
      expect(stderr).toContain('NOT_FOUND: this log has no broker');
      expect(exitCode).toBe(4);
    },
  );
});

describe('oncelog broker dead', () => {
  it('lists what was set aside, and why', async () => {
    await publishAndBury('a', 'b');
    const { stdout } = await oncelog(['broker', 'dead'], { columns: 120 });
    const [titles, first, second] = stdout.split('\n');
    expect(titles).toMatch(/^ID +DEAD SINCE +ATTEMPTS +EVENTS +FIRST EVENT +REASON$/);
    expect(first).toMatch(/^1-0 .* 5 +1 +orders\/a +the store refuses a$/);
    expect(second).toMatch(/^2-0 /);
  });

  it('hands the events of an entry to programs as they were published', async () => {
    await publishAndBury('a');
    const [line] = (await oncelog(['broker', 'dead', '--json'])).stdout.split('\n');
    expect(JSON.parse(line!)).toMatchObject({
      id: '1-0',
      reason: 'the store refuses a',
      attempts: 5,
      events: [{ topic: 'orders', event_id: 'a', payload: { n: 1 } }],
    });
  });

  it('shows what cannot be read by its size, and hands it to programs as base64', async () => {
    broker.dead.push({ id: '9-0', reason: 'garbage', attempts: 1, raw: Buffer.from('\u001b[31m') });
    expect((await oncelog(['broker', 'dead'])).stdout).toMatch(/ - +5 bytes +garbage\n/);
    expect(JSON.parse((await oncelog(['broker', 'dead', '--json'])).stdout)).toMatchObject({ raw: 'G1szMW0=' });
  });

  it('lists all of many', async () => {
    for (let id = 0; id < 45; id += 1) broker.dead.push({ id: `${id}`, reason: 'odd', attempts: 1 });
    expect((await oncelog(['broker', 'dead', '--json'])).stdout.trimEnd().split('\n')).toHaveLength(45);
    expect((await oncelog(['broker', 'dead'])).stdout.trimEnd().split('\n')).toHaveLength(46);
  });
});

describe('oncelog broker replay', () => {
  it('puts back the entries that are named, or all', async () => {
    await publishAndBury('a', 'b', 'c');
    expect((await oncelog(['broker', 'replay', '2-0', 'gone'])).stdout).toBe('1 entries are in the queue again\n');
    expect(JSON.parse((await oncelog(['broker', 'replay', '--all', '--json'])).stdout)).toEqual({ replayed: 2 });
    server.log.storeAccepted();
    expect(server.log.events.map(({ event }) => event?.eventId)).toEqual(['b', 'a', 'c']);
  });

  it.each([[[]], [['1-0', '--all']]])('asks which ones: %j', async (args) => {
    await publishAndBury('a');
    const { exitCode, stderr } = await oncelog(['broker', 'replay', ...args]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('which ones?');
    expect(broker.dead).toHaveLength(1);
  });
});
