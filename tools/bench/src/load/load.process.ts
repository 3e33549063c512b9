// The process that sends: apart from the orchestrator, so that a client's CPU time is known by itself.
import { LatencyHistogram } from '../measure/latency-histogram.ts';
import type { Connection, PreparedLoad } from '../peers/peer.ts';
import { loadPeer } from '../peers/peers.ts';
import { createLoad } from './load.ts';
import type { LoadAnswer, LoadCall, LoadCallName, LoadCalls } from './load-calls.ts';

let connection: Connection | undefined;
let prepared: PreparedLoad | undefined;

type Handlers = {
  readonly [Name in LoadCallName]: (request: LoadCalls[Name]['request']) => Promise<LoadCalls[Name]['answer']>;
};

const handlers: Handlers = {
  async open({ peer, address, sending }) {
    connection = await (await loadPeer(peer)).connect(address, sending);
    return undefined;
  },
  async prepare(spec) {
    const load = createLoad(spec);
    prepared = await connection!.prepare(load);
    return { distinct: load.distinct, repeats: load.repeats };
  },
  async send() {
    const { send, afterwards } = prepared!;
    prepared = undefined;
    const latencies = new LatencyHistogram();
    globalThis.gc?.();
    const cpu = process.cpuUsage();
    const began = performance.now();
    const tally = await send(latencies);
    const elapsedMs = performance.now() - began;
    const { user, system } = process.cpuUsage(cpu);
    afterwards?.();
    return { tally, elapsedMs, cpuMs: (user + system) / 1000, latencies: latencies.toCounts() };
  },
  async close() {
    await connection?.close();
    // Nothing comes after it: without the channel the process ends by itself.
    setImmediate(() => process.disconnect());
    return undefined;
  },
};

process.on('message', ({ name, request }: LoadCall) => {
  const handler = handlers[name] as (request: unknown) => Promise<unknown>;
  const reply = (answer: LoadAnswer) => process.send!(answer);
  handler(request).then(
    (answer) => reply({ answer }),
    (error: unknown) => reply({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
process.once('disconnect', () => process.exit());
// Ctrl-C reaches every process of the terminal; the orchestrator decides what ends when.
process.on('SIGINT', () => undefined);
