// One call over HTTP/1.1 or HTTP/2, whose two halves a test moves by itself.
import http from 'node:http';
import http2 from 'node:http2';
import type { Readable, Writable } from 'node:stream';

export type CallHeaders = Readonly<Record<string, string>>;

export interface OpenCall {
  readonly body: Writable;
  /** When the head of the answer is there; nothing of its body is read yet. */
  readonly answered: Promise<OpenAnswer>;
  /** Goes without a word. */
  leave(): void;
}

export interface OpenAnswer {
  readonly status: number;
  readonly headers: CallHeaders;
  readonly body: Readable;
}

export type Dial = (port: number, method: string, path: string, headers?: CallHeaders) => OpenCall;

export const dialHttp1: Dial = (port, method, path, headers = {}) => {
  const request = http.request({ port, host: '127.0.0.1', agent: false, method, path, headers });
  request.on('error', () => {});
  const answered = new Promise<OpenAnswer>((resolve, reject) => {
    request.once('error', reject).once('response', (body) => {
      body.on('error', () => {});
      resolve({ status: body.statusCode!, headers: plain(body.headers), body });
    });
  });
  answered.catch(() => {});
  request.flushHeaders();
  return { body: request, answered, leave: () => request.destroy() };
};

const dialHttp2: Dial = (port, method, path, headers = {}) => {
  const session = http2.connect(`http://127.0.0.1:${port}`).on('error', () => {});
  const endStream = method === 'GET' || method === 'HEAD';
  const stream = session.request({ ':method': method, ':path': path, ...headers }, { endStream });
  stream.on('error', () => {}).once('close', () => session.close());
  const answered = new Promise<OpenAnswer>((resolve, reject) => {
    stream.once('close', () => reject(new Error(`closed with ${stream.rstCode} before an answer`)));
    stream.once('response', (received) => {
      resolve({ status: Number(received[':status']), headers: plain(received), body: stream });
    });
  });
  answered.catch(() => {});
  return { body: stream, answered, leave: () => session.destroy() };
};

export const everyHttp: readonly (readonly [string, Dial])[] = [
  ['HTTP/1.1', dialHttp1],
  ['HTTP/2', dialHttp2],
];

/** The whole answer, however it ends. */
export async function whole({ answered }: Pick<OpenCall, 'answered'>) {
  const { status, headers, body } = await answered;
  let text = '';
  body.setEncoding('utf8').on('data', (part: string) => (text += part));
  if (!body.closed) await new Promise((resolve) => body.once('end', resolve).once('close', resolve));
  return { status, headers, text };
}

/** The lines of an answer as they come, each read as JSON. */
export async function* linesOf({ body }: OpenAnswer): AsyncGenerator<Record<string, unknown>> {
  let text = '';
  for await (const part of body.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = `${text}${part}`.split('\n');
    text = lines.pop()!;
    for (const line of lines) yield JSON.parse(line) as Record<string, unknown>;
  }
}

function plain(headers: object): CallHeaders {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
