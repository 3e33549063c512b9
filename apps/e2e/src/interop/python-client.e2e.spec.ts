import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type AggregatorProcess, launchAggregator, type LaunchOptions } from '../launch/aggregator-process.ts';
import { hasTool } from '../launch/required-tool.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import { linesOfExample } from './python-example.ts';
import { generateStubs, pythonGrpcMissing } from './python-stubs.ts';

const refusal = (field: string, description: string) => [
  `refused with INVALID_ARGUMENT: ${field}: ${description}`,
  'reason RULE_BROKEN, outcome none',
  `field ${field}: ${description}`,
];

describe.runIf(hasTool('python3-grpc', pythonGrpcMissing()))('a Python program', () => {
  const folder = temporaryFolder();
  let stubs: string;

  beforeAll(async () => {
    stubs = await generateStubs(folder.path);
  });

  afterAll(() => folder[Symbol.dispose]());

  async function launch(options?: LaunchOptions): Promise<AggregatorProcess> {
    const aggregator = await launchAggregator(options);
    onTestFinished(async () => void (await aggregator.end('SIGTERM')));
    return aggregator;
  }

  const linesOf = (name: string, aggregator: AggregatorProcess) => linesOfExample(name, aggregator, stubs);

  it('publishes, lists, counts and reads why it was refused, and stores nothing new the second time', async () => {
    const aggregator = await launch({ dataDir: join(folder.path, 'data') });
    const wrong = refusal('events[0].event_id', 'is required');
    expect(await linesOf('publish_events.py', aggregator)).toEqual([
      'order-1: STORED at position 1',
      'order-2: STORED at position 2',
      'order-1: DUPLICATE at position 1',
      'order-2: CONFLICT at position 2',
      'stream: received 500, stored 500, duplicates 0, conflicts 0',
      '1: order-1 {"total": 42.0}',
      '2: order-2 {"total": 7.0}',
      'received 504 = stored 502 + duplicates 1 + conflicts 1',
      ...wrong,
    ]);
    expect(await linesOf('publish_events.py', aggregator)).toEqual([
      'order-1: DUPLICATE at position 1',
      'order-2: DUPLICATE at position 2',
      'order-1: DUPLICATE at position 1',
      'order-2: CONFLICT at position 2',
      'stream: received 500, stored 0, duplicates 500, conflicts 0',
      '1: order-1 {"total": 42.0}',
      '2: order-2 {"total": 7.0}',
      'received 1008 = stored 502 + duplicates 504 + conflicts 2',
      ...wrong,
    ]);
  });

  it('has each message of a session answered, then follows the log, leaves and goes on from its cursor', async () => {
    const aggregator = await launch();
    const [, ...required] = refusal('events[0].event_id', 'is required');
    expect(await linesOf('follow_events.py', aggregator)).toEqual([
      'session: opened, with a window',
      'session: STORED at position 1',
      'session: STORED at position 2',
      'session: refused: events[0].event_id: is required',
      ...required,
      'session: STORED at position 3',
      'session: DUPLICATE at position 1',
      'session: STORED at position 4',
      'session: ended with OK',
      ...[1, 2, 3, 4].map((number) => `subscription: order-${number} at position ${number}`),
      'subscription: caught up',
      'subscription: order-5 at position 5',
      'subscription: ended with CANCELLED',
      'subscription: order-6 at position 6',
      'subscription: order-7 at position 7',
      'subscription: caught up',
      'subscription: ended with OK',
      'subscription: order-6 at position 6',
      'subscription: return-1 at position 8',
      'subscription: caught up',
      'subscription: ended with OK',
      ...refusal('after', 'is not a cursor of this log; take it from an answer, unchanged'),
      ...refusal('heartbeat_interval', 'must be from 1 to 60 seconds, is 61'),
    ]);
  });

  it('consumes in a group: acknowledges, rejects, revives what died, streams and goes back to the start', async () => {
    const aggregator = await launch({ dataDir: join(folder.path, 'groups') });
    expect(await linesOf('consume_events.py', aggregator)).toEqual([
      'group: created',
      'group: was there already',
      'group: refused with ALREADY_EXISTS',
      'reason ALREADY_EXISTS, outcome none',
      'delivered: order-1, attempt 1',
      'delivered: order-2, attempt 1',
      'acknowledged: DONE, DONE',
      'acknowledged: ALREADY_SETTLED, ALREADY_SETTLED',
      'delivered: order-3, attempt 1',
      'rejected: DONE',
      'delivered: order-3, attempt 2',
      'came again behind its delay',
      'rejected: DONE',
      'dead letter: order-3, 2 attempts, out of stock',
      'replayed: 1',
      'delivered: order-3, attempt 1',
      'acknowledged: DONE',
      'stream: 1 at a time',
      'delivered: order-4, attempt 1',
      'acknowledged: DONE',
      'stream: 1 at a time',
      'delivered: order-5, attempt 1',
      'acknowledged: DONE',
      'stream: ended with CANCELLED',
      'group: 5 to come, 0 outstanding',
      'delivered: order-1, attempt 1',
      'delivered: order-2, attempt 1',
      'acknowledged: LEASE_LOST, LEASE_LOST',
      ...[2, 3, 4, 5].map((number) => `delivered: order-${number}, attempt 1`),
      'acknowledged: DONE, DONE, DONE, DONE',
      'group: deleted',
      'group: was not there',
      'group: refused with NOT_FOUND',
      'reason NOT_FOUND, outcome none',
    ]);
  });
});
