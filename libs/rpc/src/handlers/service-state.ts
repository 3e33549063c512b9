// What the servers share about the process itself.

export interface ServiceState {
  /** False before the store is open and as soon as a shutdown begins: load balancers look elsewhere. */
  ready: boolean;
  /** Requests refused since the start; none of their events is in the store's counters. */
  refusedRequests: number;
  /** When the log last warned of a failure, by its code. */
  readonly warnedMs: Map<string, number>;
  readonly startTimeMs: number;
  readonly version: string;
}

export function createServiceState({ version, nowMs = Date.now() }: { version: string; nowMs?: number }): ServiceState {
  return { ready: false, refusedRequests: 0, warnedMs: new Map(), startTimeMs: nowMs, version };
}
