// PublishStream for transports that cannot stream requests: one call a batch, one after the other, same promise.
import { create } from '@bufbuild/protobuf';
import { PublishSummarySchema } from '@oncelog/protocol';
import { OncelogClientError } from '../failures/client-error.ts';
import { addSummary, bigCounts, noCounts, summaryOf } from '../publishing/publish-counts.ts';
import type { CallOptions, StreamCall, Wire } from './wire.ts';

export function openUnaryStream(publish: Wire['publish'], options: CallOptions): StreamCall {
  const counts = noCounts();
  const { promise: ended, resolve, reject } = Promise.withResolvers<ReturnType<typeof summaryOf>>();
  ended.catch(() => {});
  const cancelling = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, cancelling.signal]) : cancelling.signal;
  return {
    ended,
    async write(events) {
      try {
        addSummary(counts, summaryOf(await publish(events, { ...options, signal })));
      } catch (error) {
        const committed = create(PublishSummarySchema, bigCounts(counts));
        const failure = error instanceof OncelogClientError ? error.with({ committed }) : error;
        reject(failure);
        throw failure;
      }
    },
    finish() {
      resolve(create(PublishSummarySchema, bigCounts(counts)));
      return ended;
    },
    cancel: () => cancelling.abort(),
  };
}
