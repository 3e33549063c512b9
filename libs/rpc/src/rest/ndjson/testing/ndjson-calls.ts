// Calls that publish lines to a server of their own, which is gone when the test is.
import { onTestFinished } from 'vitest';
import { type CallHeaders, type Dial, dialHttp1, type OpenCall, whole } from '../../testing/http-calls.ts';
import { openRestServer, type RestServerOptions } from '../../testing/rest-server.ts';

export const ndjson = { 'content-type': 'application/x-ndjson' };
export const streamed = { ...ndjson, accept: 'application/x-ndjson' };
export const gzipped = { ...ndjson, 'content-encoding': 'gzip' };

export const line = (id: string | number, more = '') => `{"topic":"t","event_id":"${id}"${more}}\n`;

export const lines = (count: number, first = 0) =>
  Array.from({ length: count }, (_, index) => line(first + index)).join('');

export async function openServer(options: RestServerOptions = {}, dial: Dial = dialHttp1) {
  const server = await openRestServer(options);
  onTestFinished(() => server.close());
  const publish = (headers: CallHeaders = ndjson, path = '/publish') => dial(server.port, 'POST', path, headers);
  return { server, publish };
}

export async function answerTo(call: OpenCall, body: string | Uint8Array) {
  call.body.end(body);
  const { status, headers, text } = await whole(call);
  return { status, headers, text, json: text.includes('\n{') ? undefined : JSON.parse(text) };
}

export const jsonOf = (text: string) => JSON.parse(text) as Record<string, unknown>;
