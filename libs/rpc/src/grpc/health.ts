// grpc.health.v1: what load balancers and orchestrators ask over gRPC.
import { setTimeout as delay } from 'node:timers/promises';
import type { DescService } from '@bufbuild/protobuf';
import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect';
import { type Health, HealthCheckResponse_ServingStatus as Status } from '@oncelog/protocol';
import type { ServiceState } from '../handlers/service-state.ts';

/** A watcher learns of a change within this time. */
const watchIntervalMs = 250;

export function healthRoutes(state: ServiceState, services: readonly DescService[]): ServiceImpl<typeof Health> {
  const known = new Set(['', ...services.map(({ typeName }) => typeName)]);
  const statusNow = () => (state.ready ? Status.SERVING : Status.NOT_SERVING);

  return {
    check({ service }) {
      if (!known.has(service)) throw new ConnectError(`the server has no service "${service}"`, Code.NotFound);
      return { status: statusNow() };
    },
    list() {
      return { statuses: Object.fromEntries([...known].map((service) => [service, { status: statusNow() }])) };
    },
    async *watch({ service }, { signal }) {
      let told: Status | undefined;
      for (;;) {
        const status = known.has(service) ? statusNow() : Status.SERVICE_UNKNOWN;
        if (status !== told) yield { status };
        told = status;
        // Looked at last, so that a shutdown is told before the stream ends.
        if (signal.aborted) return;
        // The signal ends the wait as soon as the client leaves.
        await delay(watchIntervalMs, undefined, { signal }).catch(() => {});
      }
    },
  };
}
