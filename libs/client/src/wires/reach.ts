// Whether a machine takes connections, found out by one of its own. The HTTP/2 transports neither give up connecting
// nor let go of it when they are closed: behind a broken network that is two minutes, and a process that does not end.
import { connect } from 'node:net';
import { cancelledCall, OncelogClientError } from '../failures/client-error.ts';
import type { Reach } from './address.ts';

export const reach: Reach = ({ baseUrl, authority }, { timeoutMs, signal }) =>
  new Promise((resolve, reject) => {
    const host = new URL(baseUrl).hostname.replace(/^\[(.*)\]$/, '$1');
    const socket = connect({ host, port: Number(authority.slice(authority.lastIndexOf(':') + 1)) });
    const settle = (tell: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.destroy();
      tell();
    };
    const fail = (reason: string, cause?: unknown) =>
      settle(() => reject(new OncelogClientError('UNREACHABLE', reason, { outcome: 'none', cause })));
    const onAbort = () => settle(() => reject(cancelledCall(signal?.reason)));
    const timer = setTimeout(() => fail(`no connection within ${timeoutMs / 1000} s`), timeoutMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.on('error', (error) => fail(reasonOf(error), error)).on('connect', () => settle(resolve));
  });

/** A name with several addresses fails with all of their failures, and says nothing itself. */
function reasonOf(error: Error): string {
  return error instanceof AggregateError ? error.errors.map(String).join(', ') : error.message;
}
