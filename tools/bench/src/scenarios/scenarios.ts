// All scenarios, in the order they run: those that say most come first, for a quick run may end before the last. The
// million of stored events comes second, because filling a store cannot be cut short as rounds can.
import type { Runs, Scenario } from './scenario.ts';
import { acrossReplicas } from './across-replicas.ts';
import { broker500 } from './broker-500.ts';
import { brokerRest } from './broker-rest.ts';
import { brokerUnary } from './broker-unary.ts';
import { fanOut } from './fan-out.ts';
import { postgres500 } from './postgres-500.ts';
import { postgresUnary1 } from './postgres-unary-1.ts';
import { replicas500 } from './replicas-500.ts';
import { replicasUnary } from './replicas-unary.ts';
import { rest100 } from './rest-100.ts';
import { rest1000 } from './rest-1000.ts';
import { restSingle } from './rest-single.ts';
import { startEmpty } from './start-empty.ts';
import { startOn10m } from './start-on-10m.ts';
import { startOn1m } from './start-on-1m.ts';
import { stream500 } from './stream-500.ts';
import { stream5002kb } from './stream-500-2kb.ts';
import { stream500NoRepeats } from './stream-500-no-repeats.ts';
import { stream500On10m } from './stream-500-on-10m.ts';
import { stream500On1m } from './stream-500-on-1m.ts';
import { stream500Ordered } from './stream-500-ordered.ts';
import { stream500OwnClient } from './stream-500-own-client.ts';
import { stream500Repeats90 } from './stream-500-repeats-90.ts';
import { stream500Struct } from './stream-500-struct.ts';
import { streamSingle } from './stream-single.ts';
import { unary256 } from './unary-256.ts';
import { unary64 } from './unary-64.ts';
import { unaryBatch100 } from './unary-batch-100.ts';

export const scenarios: readonly Scenario[] = [
  stream500,
  startOn1m,
  startEmpty,
  fanOut,
  stream500Ordered,
  rest1000,
  streamSingle,
  unary64,
  unary256,
  unaryBatch100,
  restSingle,
  rest100,
  stream500NoRepeats,
  stream500Repeats90,
  stream5002kb,
  stream500Struct,
  stream500OwnClient,
  postgres500,
  postgresUnary1,
  replicas500,
  replicasUnary,
  brokerRest,
  brokerUnary,
  broker500,
  acrossReplicas,
  stream500On1m,
  startOn10m,
  stream500On10m,
];

const shorterRuns: { readonly [Each in Runs]: readonly Runs[] } = {
  quick: ['quick'],
  whole: ['quick', 'whole'],
  full: ['quick', 'whole', 'full'],
};

export function scenariosOf(run: Runs): readonly Scenario[] {
  return scenarios.filter(({ runs }) => shorterRuns[run].includes(runs));
}
