// Bytes to the server and bytes back, with nothing in between that would mend them.
import http from 'node:http';
import http2 from 'node:http2';
import type { Readable } from 'node:stream';

/** Every exchange ends within this time or the test has found a hang. */
const exchangeTimeoutMs = 15_000;

export type Headers = Readonly<Record<string, string>>;

export interface Exchange {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Headers;
  readonly body?: Uint8Array | string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly trailers: Headers;
  readonly body: Buffer;
}

export interface HttpClient {
  send(exchange: Exchange): Promise<Answer>;
  close(): void;
}

/** A body is JSON unless its headers say otherwise. */
function typed(headers: Headers, body: Exchange['body']): Headers {
  return body === undefined ? headers : { 'content-type': 'application/json', ...headers };
}

/** One connection at a time, kept alive; `connections` more of them for calls at once. */
export function http1Client(port: number, connections = 1): HttpClient {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  return {
    send: ({ method = 'POST', path, headers = {}, body }) =>
      new Promise((resolve, reject) => {
        const signal = AbortSignal.timeout(exchangeTimeoutMs);
        const request = http.request(
          { host: '127.0.0.1', port, agent, method, path, headers: typed(headers, body), signal },
          (response) => {
            readAll(response).then(
              (bytes) =>
                resolve({
                  status: response.statusCode!,
                  headers: plain(response.headers),
                  trailers: plain(response.trailers),
                  body: bytes,
                }),
              reject,
            );
          },
        );
        request.on('error', reject);
        request.end(body);
      }),
    close: () => agent.destroy(),
  };
}

export interface Http2Client extends HttpClient {
  readonly session: http2.ClientHttp2Session;
}

export function http2Client(port: number): Http2Client {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  // Each stream tells of the loss of its session by itself.
  session.on('error', () => {});
  return {
    session,
    send: ({ method = 'POST', path, headers = {}, body }) => {
      const stream = session.request(
        { ':method': method, ':path': path, ...typed(headers, body) },
        { signal: AbortSignal.timeout(exchangeTimeoutMs) },
      );
      const answer = answerOf(stream);
      stream.end(body);
      return answer;
    },
    close: () => session.destroy(),
  };
}

/** Resolves when the stream has ended, with whatever came; rejects when it ends without a status or by a reset. */
export function answerOf(stream: http2.ClientHttp2Stream): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let headers: Headers = {};
    let trailers: Headers = {};
    const chunks: Buffer[] = [];
    stream.on('response', (received) => (headers = plain(received)));
    stream.on('trailers', (received) => (trailers = plain(received)));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('close', () => {
      const status = Number(headers[':status']);
      if (status > 0) resolve({ status, headers, trailers, body: Buffer.concat(chunks) });
      else reject(new Error(`the stream ended with code ${stream.rstCode} before a status`));
    });
  });
}

async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function plain(headers: object): Headers {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
