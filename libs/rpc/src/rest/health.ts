// /health, /livez and /readyz: for people, and for what restarts or routes around a process.
import { WrongMethodError } from '../failures/wrong-method.ts';
import type { ServiceState } from '../handlers/service-state.ts';
import type { NodeRequest, NodeResponse } from '../port/dual-server.ts';
import { pathOf } from '../port/request-path.ts';
import { sendJson } from './send-json.ts';

const paths = new Set(['/health', '/livez', '/readyz']);

/** Answers from memory alone, so that a slow disk never makes the process look dead. */
export function handleHealth(request: NodeRequest, response: NodeResponse, state: ServiceState): boolean {
  const path = pathOf(request);
  if (!paths.has(path)) return false;
  if (request.method !== 'GET' && request.method !== 'HEAD') throw new WrongMethodError(request.method ?? '', ['GET']);
  const healthy = path === '/livez' || state.ready;
  if (healthy) sendJson(response, 200, '{"status":"healthy"}');
  else sendJson(response, 503, '{"status":"not ready"}', { 'retry-after': '1' });
  return true;
}
