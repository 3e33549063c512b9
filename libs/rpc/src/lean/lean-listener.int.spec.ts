import { once } from 'node:events';
import { constants } from 'node:http2';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { answerOf, type ComparedServer, comparedServer, until } from './testing/compared-server.ts';
import { data, frame, message, publishPath, publishStreamPath } from './testing/publish-frames.ts';

const lean = comparedServer({ lean: true });
const general = comparedServer({ lean: false });

beforeAll(() => Promise.all([lean.open(), general.open()]));
afterAll(() => Promise.all([lean.close(), general.close()]));
beforeEach(() => [lean, general].forEach((server) => server.reset()));

describe.each<[string, ComparedServer]>([
  ['lean', lean],
  ['general', general],
])('on the %s path', (_name, server) => {
  it('a client that leaves within a message has what was whole of its stream stored', async () => {
    const { request, cut } = server.connection();
    request(publishStreamPath).write(Buffer.concat([message(data('a')), message(data('b')).subarray(0, 9)]));
    await until(() => server.seen.stored.length === 1);
    cut();
    await until(() => server.state.refusedRequests === 1);
    expect(server.seen.stored).toEqual(['t/a']);
  });

  it('a client that leaves before the end of a unary call has nothing stored', async () => {
    const { request, cut } = server.connection();
    request(publishPath).write(message(data('a')));
    // What was sent before this has been read when it is answered.
    await answerOf(request('/').end());
    cut();
    await until(() => server.state.refusedRequests === 1);
    expect(server.seen.stored).toEqual([]);
  });

  it.each([publishPath, publishStreamPath])(
    'a client that does not end its refused call of %s finds it ended',
    async (path) => {
      const stream = server.connection().request(path);
      stream.write(frame(Buffer.alloc(0), 7));
      const closed = once(stream, 'close');
      expect(await answerOf(stream)).toMatchObject({ trailers: { 'grpc-status': '3' } });
      await closed;
      expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
    },
  );

  it('a client may end its body with trailers', async () => {
    const stream = server.connection().request(publishPath, {}, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ checksum: 'none' }));
    expect(await answerOf(stream.end(message(data('a'))))).toMatchObject({ trailers: { 'grpc-status': '0' } });
  });
});

describe('a stream on the lean path', () => {
  // More than a stream may have ahead of its commits, and than the windows of both sides hold besides.
  const messages = 64;
  const content = Buffer.alloc(200_000);

  it('is held back by its commits, and goes on after them', async () => {
    const { promise: gate, resolve: commit } = Promise.withResolvers<void>();
    const gated = comparedServer({ lean: true, gate });
    await gated.open();
    const stream = gated.request(publishStreamPath);
    const answer = answerOf(stream);
    for (let sent = 0; sent < messages; sent += 1) stream.write(message(data(`e${sent}`, 't', content)));
    stream.end();
    // 4 MiB hold 20.97 of these.
    await until(() => gated.seen.published === 21);
    // A connection's window is 64 KiB: in so many round trips all would have come.
    for (let trip = 0; trip < 200; trip += 1) await answerOf(gated.request('/').end());
    expect(gated.seen.published).toBe(21);
    commit();
    expect(await answer).toMatchObject({ trailers: { 'grpc-status': '0' } });
    expect(gated.seen.stored).toHaveLength(messages);
    await gated.close();
  });

  it('whose client leaves while it is held back has stored what was taken, and nothing hangs', async () => {
    const { promise: gate, resolve: commit } = Promise.withResolvers<void>();
    const gated = comparedServer({ lean: true, gate });
    await gated.open();
    const { request, cut } = gated.connection();
    const stream = request(publishStreamPath);
    for (let sent = 0; sent < messages; sent += 1) stream.write(message(data(`e${sent}`, 't', content)));
    await until(() => gated.seen.published === 21);
    cut();
    commit();
    await until(() => gated.state.refusedRequests === 1);
    expect(gated.seen.stored).toHaveLength(21);
    await gated.close();
  });
});
