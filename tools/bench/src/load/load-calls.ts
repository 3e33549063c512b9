// What the orchestrator and the process of a load say to each other: one call, one answer, in turn.
import type { LatencyCounts } from '../measure/latency-histogram.ts';
import type { PeerName, Sending, Tally } from '../peers/peer.ts';
import type { LoadSpec } from './load.ts';

export interface LoadCalls {
  readonly open: {
    readonly request: { readonly peer: PeerName; readonly address: string; readonly sending: Sending };
    readonly answer: undefined;
  };
  readonly prepare: {
    readonly request: LoadSpec;
    readonly answer: { readonly distinct: number; readonly repeats: number };
  };
  readonly send: { readonly request: undefined; readonly answer: Sent };
  readonly close: { readonly request: undefined; readonly answer: undefined };
}

export type LoadCallName = keyof LoadCalls;

export interface Sent {
  readonly tally: Tally;
  readonly elapsedMs: number;
  /** Of this process, over the same time. */
  readonly cpuMs: number;
  readonly latencies: LatencyCounts;
}

export interface LoadCall {
  readonly name: LoadCallName;
  readonly request: unknown;
}

export type LoadAnswer = { readonly answer: unknown } | { readonly failure: string };
