import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { create, toBinary } from '@bufbuild/protobuf';
import { EventLogService, SubscribeResponseSchema } from '@oncelog/protocol';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createConnectWire } from './connect-wire.ts';
import { parseTarget } from './target.ts';

const { subscribe } = EventLogService.method;

const answer = toBinary(
  SubscribeResponseSchema,
  create(SubscribeResponseSchema, { message: { case: 'caughtUp', value: { cursor: 'c1' } } }),
);

/** As the Connect protocol frames a message: flags, length, bytes. */
const whole = Uint8Array.of(0, 0, 0, 0, answer.length, ...answer);

async function read(body: Uint8Array): Promise<{ readonly cursors: string[]; readonly failure: unknown }> {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/connect+proto').end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const target = parseTarget(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  const wire = createConnectWire(target, 'connect-http1');
  onTestFinished(async () => {
    wire.close();
    await new Promise((resolve) => server.close(resolve));
  });
  const cursors: string[] = [];
  try {
    for await (const { message } of wire.serverStream(subscribe, {}, {})) {
      if (message.case === 'caughtUp') cursors.push(message.value.cursor);
    }
  } catch (failure) {
    return { cursors, failure };
  }
  throw new Error('the stream did not fail');
}

describe('a stream of answers over Connect', () => {
  it.each([
    ['between two answers', whole],
    ['in the head of an answer', Uint8Array.of(...whole, 0, 0)],
    ['in the middle of an answer', Uint8Array.of(...whole, ...whole.subarray(0, -1))],
  ])('that breaks off %s may be asked for again', async (_, body) => {
    const { cursors, failure } = await read(body);
    expect(cursors).toEqual(['c1']);
    expect(failure).toMatchObject({ code: 'UNREACHABLE', retryable: true });
  });
});
