import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import { hasTool } from '../launch/required-tool.ts';
import { type Finished, runProgram } from '../launch/run-program.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import { generateStubs, python, pythonGrpcMissing } from './python-stubs.ts';

const example = fileURLToPath(new URL('./publish_events.py', import.meta.url));

const refusal = [
  'refused with INVALID_ARGUMENT: events[0].event_id: is required',
  'reason RULE_BROKEN, outcome none',
  'field events[0].event_id: is required',
];

describe.runIf(hasTool('python3-grpc', pythonGrpcMissing()))('the Python example', () => {
  it('publishes, lists, counts and reads why it was refused, and stores nothing new the second time', async () => {
    const folder = temporaryFolder();
    onTestFinished(() => folder[Symbol.dispose]());
    const stubs = await generateStubs(folder.path);
    const aggregator = await launchAggregator({ dataDir: join(folder.path, 'data') });
    onTestFinished(async () => void (await aggregator.end('SIGTERM')));

    expect(linesOf(await runExample(aggregator, stubs))).toEqual([
      'order-1: STORED at position 1',
      'order-2: STORED at position 2',
      'order-1: DUPLICATE at position 1',
      'order-2: CONFLICT at position 2',
      'stream: received 500, stored 500, duplicates 0, conflicts 0',
      '1: order-1 {"total": 42.0}',
      '2: order-2 {"total": 7.0}',
      'received 504 = stored 502 + duplicates 1 + conflicts 1',
      ...refusal,
    ]);
    expect(linesOf(await runExample(aggregator, stubs))).toEqual([
      'order-1: DUPLICATE at position 1',
      'order-2: DUPLICATE at position 2',
      'order-1: DUPLICATE at position 1',
      'order-2: CONFLICT at position 2',
      'stream: received 500, stored 0, duplicates 500, conflicts 0',
      '1: order-1 {"total": 42.0}',
      '2: order-2 {"total": 7.0}',
      'received 1008 = stored 502 + duplicates 504 + conflicts 2',
      ...refusal,
    ]);
  });
});

function runExample({ target }: AggregatorProcess, stubs: string): Promise<Finished> {
  return runProgram(python, [example, target], { env: { PYTHONPATH: stubs, PYTHONDONTWRITEBYTECODE: '1' } });
}

function linesOf({ code, stdout, stderr }: Finished): string[] {
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout.trimEnd().split('\n');
}
