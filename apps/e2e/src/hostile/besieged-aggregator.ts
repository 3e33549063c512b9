// An aggregator under attack, and the proof that it came to no harm.
import { type AggregatorProcess, launchAggregator, type LaunchOptions } from '../launch/aggregator-process.ts';
import { http1Client } from '../transports/raw-http.ts';

export interface Counters {
  readonly received: number;
  readonly unique_processed: number;
  readonly duplicate_dropped: number;
  readonly refused_requests: number;
}

export interface BesiegedAggregator {
  readonly process: AggregatorProcess;
  counters(): Promise<Counters>;
  /** Lines of the log that tell of a fault of the server's own. */
  faults(): string[];
  stop(): Promise<void>;
}

export async function besiege(options: LaunchOptions = {}): Promise<BesiegedAggregator> {
  const process = await launchAggregator(options);
  const http = http1Client(process.port);
  return {
    process,
    async counters() {
      const { body } = await http.send({ method: 'GET', path: '/stats' });
      return JSON.parse(body.toString()) as Counters;
    },
    faults: () =>
      process
        .log()
        .split('\n')
        .filter((line) => /"level":"(?:error|fatal)"|^\s+at |Error:/.test(line)),
    async stop() {
      http.close();
      await process.end('SIGTERM');
    },
  };
}
