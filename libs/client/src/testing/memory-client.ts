// A client over a log in memory, for tests of programs that use the library: no process, no port, no disk.
import { Code, ConnectError, createRouterTransport, type Interceptor } from '@connectrpc/connect';
import {
  BrokerService,
  ConsumerService,
  EventLogService,
  Health,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '@oncelog/protocol';
import { type CallingSettings, clientOverWire, type OncelogClient } from '../oncelog-client.ts';
import { parseTarget } from '../wires/target.ts';
import { wireOverTransport } from '../wires/transport-wire.ts';
import { brokerRoutes } from './stand-in-broker.ts';
import { StandInGroups } from './stand-in-groups.ts';
import { StandInLog } from './stand-in-log.ts';
import { answered, connectErrorOf, type StandInFailure } from './stand-in-refusal.ts';
import { consumerRoutes, readingRoutes } from './stand-in-routes.ts';
import { StandInSubscriptions } from './stand-in-subscriptions.ts';

/** The calls of the contract, by name. */
export type CallName =
  | keyof typeof EventLogService.method
  | keyof typeof ConsumerService.method
  | keyof typeof BrokerService.method;

/** lost: the call has done its work, and its answer never arrives. A failure is answered before anything is done. */
export type CallFault = StandInFailure | 'lost';

export interface MemoryClient extends OncelogClient {
  /** What is stored, to look at and to prepare. */
  readonly log: StandInLog;
  /** Makes the next calls of a name fail, one each; the client retries what can be retried. */
  failNext(call: CallName, ...faults: readonly CallFault[]): void;
  /** Ends every open subscription, as a restart of the aggregator does. */
  disconnect(): void;
  /** What `health` answers. */
  ready: boolean;
}

export interface MemoryClientSettings extends CallingSettings {
  /** Of another memory client: two programs on one log. */
  readonly log?: StandInLog | undefined;
}

/** A test that meets a failure on purpose need not wait for the retry. */
const promptRetry = { delayBaseMs: 1, delayMaxMs: 5 };

export function createMemoryClient(settings: MemoryClientSettings = {}): MemoryClient {
  const log = settings.log ?? new StandInLog();
  const { groups, subscriptions } = readersOf(log);
  const faults = new Map<string, CallFault[]>();
  const state = { ready: true };

  const failing: Interceptor = (next) => async (request) => {
    const fault = faults.get(request.method.localName)?.shift();
    if (typeof fault === 'object') throw connectErrorOf(fault);
    const answer = await next(request);
    if (fault === 'lost') throw new ConnectError('the connection broke before the answer came', Code.Unavailable);
    return answer;
  };

  const transport = createRouterTransport(
    (router) => {
      router.service(EventLogService, {
        publish: ({ events }) => answered(() => log.publish(events)),
        ...readingRoutes(log, subscriptions),
      });
      router.service(ConsumerService, consumerRoutes(groups));
      router.service(BrokerService, brokerRoutes({ log }));
      router.service(Health, {
        check: () => ({ status: state.ready ? ServingStatus.SERVING : ServingStatus.NOT_SERVING }),
      });
    },
    { router: { interceptors: [failing] } },
  );

  const client = clientOverWire([parseTarget('memory')], wireOverTransport(transport), {
    ...settings,
    retry: { ...promptRetry, ...settings.retry },
  });
  return {
    ...client,
    log,
    failNext(call: CallName, ...more: readonly CallFault[]) {
      faults.set(call, [...(faults.get(call) ?? []), ...more]);
    },
    disconnect: () => subscriptions.endAll(),
    get ready() {
      return state.ready;
    },
    set ready(ready: boolean) {
      state.ready = ready;
    },
  };
}

interface Readers {
  readonly groups: StandInGroups;
  readonly subscriptions: StandInSubscriptions;
}

const readers = new WeakMap<StandInLog, Readers>();

/** Clients on one log share its groups. */
function readersOf(log: StandInLog): Readers {
  const known = readers.get(log) ?? { groups: new StandInGroups(log), subscriptions: new StandInSubscriptions(log) };
  readers.set(log, known);
  return known;
}
