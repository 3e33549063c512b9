// Writes one JSON answer, whole.
import type { NodeResponse } from '../port/dual-server.ts';

export function sendJson(
  response: NodeResponse,
  status: number,
  json: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent || response.destroyed) return;
  const body = Buffer.from(json);
  const head = { 'content-type': 'application/json; charset=utf-8', 'content-length': String(body.length), ...headers };
  writeHead(response, status, head);
  response.end(body);
}

/** The two response types of Node take the same headers, but share no signature. */
export function writeHead(response: NodeResponse, status: number, headers: Readonly<Record<string, string>>): void {
  (response as { writeHead(status: number, headers: Record<string, string>): void }).writeHead(status, headers);
}
