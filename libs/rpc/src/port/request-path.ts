// The little of a request that decides who answers it.
import type { NodeRequest } from './dual-server.ts';

export function pathOf({ url = '/' }: NodeRequest): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

export function isGrpc({ headers }: NodeRequest): boolean {
  return headers['content-type']?.startsWith('application/grpc') ?? false;
}
