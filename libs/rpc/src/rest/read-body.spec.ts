import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { NodeRequest } from '../port/dual-server.ts';
import { readBody } from './read-body.ts';

const limits = { requestBytesMax: 1000 };

/** A request as far as its body goes. */
function request(headers: Record<string, string> = {}) {
  const stream = Object.assign(new PassThrough(), { headers });
  return { stream, request: stream as unknown as NodeRequest };
}

describe('readBody', () => {
  it('joins what comes in pieces', async () => {
    const { stream, request: incoming } = request();
    const body = readBody(incoming, limits);
    stream.write('ab');
    stream.end('cd');
    expect(Buffer.from(await body).toString()).toBe('abcd');
  });

  it('takes exactly the bound and refuses one byte more', async () => {
    const exact = request();
    exact.stream.end(Buffer.alloc(1000));
    expect(await readBody(exact.request, limits)).toHaveLength(1000);
    const over = request();
    over.stream.end(Buffer.alloc(1001));
    await expect(readBody(over.request, limits)).rejects.toMatchObject({
      code: 'BODY_TOO_LARGE',
      violations: [{ limit: 1000 }],
    });
  });

  it('refuses what announces too much without reading it', async () => {
    const { request: incoming, stream } = request({ 'content-length': '1001' });
    await expect(readBody(incoming, limits)).rejects.toMatchObject({ violations: [{ limit: 1000, actual: 1001 }] });
    expect(stream.listenerCount('data')).toBe(0);
  });

  it('inflates gzip up to the bound', async () => {
    const small = request({ 'content-encoding': 'gzip' });
    small.stream.end(gzipSync('hello'));
    expect(Buffer.from(await readBody(small.request, limits)).toString()).toBe('hello');
    const bomb = request({ 'content-encoding': 'gzip' });
    bomb.stream.end(gzipSync(Buffer.alloc(100_000)));
    await expect(readBody(bomb.request, limits)).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
  });

  it('gives up on a body that does not come', async () => {
    const { stream, request: incoming } = request();
    stream.write('a');
    await expect(readBody(incoming, limits, 20)).rejects.toMatchObject({
      code: 'TIMED_OUT',
      violations: [{ field: 'body', limit: 20 }],
    });
  });

  it('refuses what is cut short', async () => {
    const { stream, request: incoming } = request();
    const body = readBody(incoming, limits);
    stream.write('a');
    stream.destroy();
    await expect(body).rejects.toMatchObject({
      code: 'MALFORMED',
      violations: [{ field: 'body', description: 'is cut short' }],
    });
  });
});
