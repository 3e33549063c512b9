import { once } from 'node:events';
import { constants } from 'node:http2';
import { expect, it, onTestFinished } from 'vitest';
import { answerOf, comparedServer, until } from './testing/compared-server.ts';
import { frame } from './testing/publish-frames.ts';

const path = '/oncelog.v1.EventLogService/Subscribe';
const unaryBodyTimeoutMs = 100;

const bodies: [string, Buffer, string][] = [
  ['a frame that is none', frame(Buffer.alloc(0), 7), '3'],
  ['two requests', Buffer.concat([frame(Buffer.alloc(0)), frame(Buffer.alloc(0))]), '3'],
  ['a request without an end', frame(Buffer.alloc(0)), '4'],
];

it.each(bodies.flatMap((body) => [true, false].map((lean) => [lean ? 'lean' : 'general', ...body, lean] as const)))(
  'a subscription on the %s path whose client sends %s and does not end its call is ended for it',
  async (_path, _body, sent, grpcStatus, lean) => {
    const server = comparedServer({ lean, unaryBodyTimeoutMs });
    await server.open();
    onTestFinished(() => server.close());
    const stream = server.request(path);
    const closed = once(stream, 'close');
    stream.write(sent);
    expect(await answerOf(stream)).toMatchObject({ trailers: { 'grpc-status': grpcStatus } });
    await closed;
    expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
    await until(() => server.state.refusedRequests === 1);
  },
);
