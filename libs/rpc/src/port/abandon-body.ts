// The rest of a body that nobody reads any more.
import type { NodeRequest } from './dual-server.ts';

/** How long the rest of a refused body is read into nothing, so that the client sees the answer before a reset. */
const abandonedBodyMs = 1000;

/** A client that goes on sending gets its answer first, and then finds the connection closed. */
export function abandonBody(request: NodeRequest): void {
  if (request.complete) return;
  request.resume();
  const cut = setTimeout(() => request.destroy(), abandonedBodyMs);
  request.once('close', () => clearTimeout(cut));
}
