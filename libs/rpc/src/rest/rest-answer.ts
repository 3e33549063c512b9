// What a REST handler works with, and what it gives back.
import type { NodeRequest, NodeResponse } from '../port/dual-server.ts';

export interface RestCall {
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  readonly shutdownSignal: AbortSignal;
  /** How long the body of a stream may bring nothing. */
  readonly bodyIdleMs: number;
}

export interface RestAnswer {
  /** 200 unless it says otherwise. */
  readonly status?: number;
  readonly json: string;
  readonly headers?: Readonly<Record<string, string>>;
}
