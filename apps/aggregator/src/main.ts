// The aggregator's command line: settings in, signals handled, exit codes out.
import { enableCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import packageJson from '../package.json' with { type: 'json' };

enableCompileCache?.();

// V8 would let the garbage of requests, and the buffers it holds, grow to several times what is in use before it looks
// at old objects: under streams 290 MB resident instead of 390, at the same rate.
setFlagsFromString('--heap-growing-percent=20');

const { SettingError, helpText, readCommand } = await import('./settings.ts');

/** The operating system's codes: sysexits.h. */
const exitUsage = 64;
const exitStoreFault = 74;

try {
  const command = readCommand(process.argv.slice(2), process.env);
  if (command.kind === 'help') process.stdout.write(helpText());
  else if (command.kind === 'version') process.stdout.write(`${packageJson.version}\n`);
  else await run(command.settings);
} catch (error) {
  process.stderr.write(`oncelog: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof SettingError || isRefusedSetting(error) ? exitUsage : 1;
}

/** By the store or the broker that a setting names. */
function isRefusedSetting(error: unknown): boolean {
  return (error as { readonly code?: unknown } | undefined)?.code === 'RULE_BROKEN';
}

async function run(settings: import('./settings.ts').Settings): Promise<void> {
  const [{ createLogger }, { startAggregator }] = await Promise.all([
    import('@oncelog/telemetry'),
    import('./aggregator.ts'),
  ]);
  // PostgreSQL keeps its pages elsewhere, and wants the cores that the garbage collector takes (ADR 0010).
  if (settings.store.startsWith('postgres')) setFlagsFromString('--heap-growing-percent=50');
  const logger = createLogger({ name: 'aggregator', level: settings.logLevel });
  const onFault = (error: Error) => {
    logger.fatal({ err: error }, 'the store failed; stopping, to recover in a new process');
    process.exit(exitStoreFault);
  };
  const { version } = packageJson;
  // Who read the welcome or the log may leave; the events stay.
  process.stdout.on('error', () => {});
  const starting = startAggregator({ settings, version, logger, onFault });
  let started = false;
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    // A second signal means now: what was acknowledged is on disk already. Before the start nothing was.
    if (stopping || !started) process.exit(1);
    stopping = true;
    logger.info({ signal }, 'draining');
    starting
      .then((aggregator) => aggregator.stop())
      .then(
        () => {
          logger.info('stopped');
          process.exit(0);
        },
        (error: unknown) => {
          logger.fatal({ err: error }, 'the shutdown failed');
          process.exit(1);
        },
      );
  };
  // At once, for a start may wait for a store or a broker, and process 1 of a container ends by no signal by default.
  process.on('SIGTERM', stop).on('SIGINT', stop).on('SIGHUP', stop);
  const { url } = await starting;
  started = true;
  // Last: whoever reads that it listens may stop it at once.
  if (settings.role === 'work') process.stdout.write(`oncelog works for the broker; see ${url}/readyz\n`);
  else welcome(url);
}

function welcome(url: string): void {
  const reachable = url.replace('0.0.0.0', '127.0.0.1').replace('[::]', '127.0.0.1');
  const event = `'{"topic":"orders","event_id":"order-1","payload":{"total":42}}'`;
  process.stdout.write(`oncelog listens on ${url} (gRPC, gRPC-Web, Connect and REST). Try, twice:

  curl ${reachable}/publish -H 'content-type: application/json' -d ${event}
  curl ${reachable}/stats

`);
}
