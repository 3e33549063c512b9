// The little of a request that decides who answers it.
import type { NodeRequest } from './dual-server.ts';

/** Proxies ask with the whole URL, which every server has to understand. */
const origin = /^https?:\/\/[^/?]*/i;

export function pathOf({ url = '/' }: NodeRequest): string {
  const target = url.replace(origin, '');
  const query = target.indexOf('?');
  return (query < 0 ? target : target.slice(0, query)) || '/';
}

export function isGrpc({ headers }: NodeRequest): boolean {
  return headers['content-type']?.startsWith('application/grpc') ?? false;
}
