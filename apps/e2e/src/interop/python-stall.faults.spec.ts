import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import { hasTool } from '../launch/required-tool.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import { linesOfExample } from './python-example.ts';
import { generateStubs, pythonGrpcMissing } from './python-stubs.ts';

describe.runIf(hasTool('python3-grpc', pythonGrpcMissing()))('a Python program that stops reading', () => {
  const folder = temporaryFolder();
  let stubs: string;
  let aggregator: AggregatorProcess;

  beforeAll(async () => {
    stubs = await generateStubs(folder.path);
    aggregator = await launchAggregator();
  });

  afterAll(async () => {
    await aggregator.end('SIGTERM');
    folder[Symbol.dispose]();
  });

  it('is told so after half a minute, with the cursor from which it misses nothing', async () => {
    expect(await linesOfExample('stall_and_go_on.py', aggregator, stubs)).toEqual([
      'ended with ABORTED',
      'reason READER_STALLED, outcome none',
      'read: each event once and in order',
    ]);
  });
});
