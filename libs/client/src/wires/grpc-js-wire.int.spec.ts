import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Health } from '@oncelog/protocol';
import { expect, it, onTestFinished } from 'vitest';
import { createGrpcJsWire } from './grpc-js-wire.ts';
import { parseTarget } from './target.ts';

it('decodes the sentence of an error that comes without details', async () => {
  const message = 'after: "a/b?c" is not a cursor';
  const server = createServer();
  server.on('stream', (stream) => {
    stream.respond(
      {
        ':status': 200,
        'content-type': 'application/grpc',
        'grpc-status': '3',
        'grpc-message': encodeURIComponent(message),
      },
      { endStream: true },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const wire = createGrpcJsWire(parseTarget(`127.0.0.1:${(server.address() as AddressInfo).port}`));
  onTestFinished(async () => {
    wire.close();
    await new Promise((resolve) => server.close(resolve));
  });
  await expect(wire.unary(Health.method.check, {}, { timeoutMs: 10_000 })).rejects.toMatchObject({
    code: 'MALFORMED',
    message,
  });
});
