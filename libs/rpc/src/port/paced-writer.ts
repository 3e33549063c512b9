// Writes an answer no faster than its reader takes it, and tells when a reader takes nothing or has left.
import type { ServerResponse } from 'node:http';
import { constants, type ServerHttp2Stream } from 'node:http2';
import type { NodeResponse } from './dual-server.ts';

/**
 * A chunk goes out in pieces of one HTTP/2 frame, so that a slow reader of a large chunk is seen to make progress.
 * What the operating system holds for it, up to a few MiB over HTTP/1.1, counts as taken.
 */
const pieceBytes = 16 * 1024;

/** How long a reader may take over the end of its answer before it is cut off. */
const endGraceMs = 3000;

/** ok: there is room for more. stalled: nothing was taken for the time allowed. closed: nobody reads any more. */
export type Written = 'ok' | 'stalled' | 'closed';

export interface PacedWriter {
  /** Aborted when the reader has left or everything has been sent. */
  readonly closed: AbortSignal;
  /**
   * Resolves when the transport takes more; one write at a time. After `stalled` the chunk waits in memory as a whole,
   * so that what is written behind it makes sense to a reader that reads on.
   */
  write(chunk: string | Uint8Array): Promise<Written>;
  /** Ends the answer with these last words, and cuts off a reader that has not taken the rest after the grace. */
  end(last?: string | Uint8Array, graceMs?: number): void;
}

export function createPacedWriter(
  response: NodeResponse | ServerHttp2Stream,
  { stallMs }: { readonly stallMs: number },
): PacedWriter {
  // Node's response over HTTP/2 hides whether its stream still lives.
  const transport = 'stream' in response ? response.stream : response;
  const closing = new AbortController();
  const { signal: closed } = closing;
  if (transport.destroyed) closing.abort();
  else transport.once('close', () => closing.abort());

  function drained(): Promise<Written> {
    return new Promise((resolve) => {
      const settle = (written: Written) => {
        clearTimeout(timer);
        transport.off('drain', onDrain).off('close', onClose);
        resolve(written);
      };
      const onDrain = () => settle('ok');
      const onClose = () => settle('closed');
      const timer = setTimeout(() => settle('stalled'), stallMs);
      transport.on('drain', onDrain).on('close', onClose);
    });
  }

  return {
    closed,
    async write(chunk) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        if (closed.aborted) return 'closed';
        if (transport.write(bytes.subarray(at, at + pieceBytes))) continue;
        const written = await drained();
        if (written === 'stalled') transport.write(bytes.subarray(at + pieceBytes));
        if (written !== 'ok') return written;
      }
      return closed.aborted ? 'closed' : 'ok';
    },
    end(last: string | Uint8Array = '', graceMs = endGraceMs) {
      if (closed.aborted) return;
      transport.end(last);
      const cut = setTimeout(() => cutOff(transport), graceMs);
      closed.addEventListener('abort', () => clearTimeout(cut), { once: true });
    },
  };
}

/** Over HTTP/2 only this answer ends, not the connection it shares. */
function cutOff(transport: ServerResponse | ServerHttp2Stream): void {
  if ('rstCode' in transport) transport.close(constants.NGHTTP2_CANCEL);
  else transport.destroy();
}
