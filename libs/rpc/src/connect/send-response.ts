// Writes what a streaming handler answers, no faster than its reader takes it; the Connect library would wait for ever.
import type { NodeResponse } from '../port/dual-server.ts';
import type { UniversalServerResponse } from '@connectrpc/connect/protocol';
import { createPacedWriter } from '../port/paced-writer.ts';

/** Time for a reader that has stalled to read the end after all; then it is cut off. */
const stalledGraceMs = 5000;

/** Time for a slow reader to read the end, which may be a batch of 128 KiB. */
const endGraceMs = 30_000;

export interface SendOptions {
  readonly stallMs: number;
  /** The reader has taken nothing for too long: the handler ends, and what it ends with is sent. */
  readonly onStalled: () => void;
}

export async function sendResponse(
  { status, header, body, trailer }: UniversalServerResponse,
  response: NodeResponse,
  { stallMs, onStalled }: SendOptions,
): Promise<void> {
  const writer = createPacedWriter(response, { stallMs });
  const chunks = body?.[Symbol.asyncIterator]();
  /** What comes after a stall is the end, and waits for a reader that reads on. */
  const last: Uint8Array[] = [];
  let stalled = false;
  try {
    // Only when the first answer is there, the handler has had its chance to set headers.
    let chunk = await chunks?.next();
    if (writer.closed.aborted) return;
    writeHead(response, status, header);
    for (; chunk && !chunk.done; chunk = await chunks?.next()) {
      if (stalled) last.push(chunk.value);
      else {
        const written = await writer.write(chunk.value);
        if (written === 'closed') return;
        stalled = written === 'stalled';
        if (stalled) onStalled();
      }
    }
    if (trailer) response.addTrailers(Object.fromEntries(trailer));
    writer.end(Buffer.concat(last), stalled ? stalledGraceMs : endGraceMs);
  } finally {
    await chunks?.return?.();
  }
}

/** The two response types of Node take the same headers, but share no signature. */
function writeHead(response: NodeResponse, status: number, header: Headers | undefined): void {
  (response as { writeHead(status: number, headers: object): void }).writeHead(
    status,
    Object.fromEntries(header ?? new Headers()),
  );
}
