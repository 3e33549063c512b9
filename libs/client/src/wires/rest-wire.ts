// Publishing over REST: POST /publish on kept-alive connections. All other calls go over Connect on HTTP/1.1.
import { type Agent, request } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import { create } from '@bufbuild/protobuf';
import { type Event, OutcomeStatus, type PublishResponse, PublishResponseSchema } from '@oncelog/protocol';
import { cancelledCall, OncelogClientError, timedOutCall } from '../failures/client-error.ts';
import { createConnectWire } from './connect-wire.ts';
import { timestampFromText } from '../events/event-from-json.ts';
import { eventsToJson } from '../events/event-to-json.ts';
import { createHttp1Agent } from './http1-agent.ts';
import { bigCounts, noCounts } from '../publishing/publish-counts.ts';
import { clientErrorOfRest } from '../failures/rest-error.ts';
import type { Target } from './target.ts';
import { openUnarySession } from './unary-session.ts';
import { openUnaryStream } from './unary-stream.ts';
import type { CallOptions, Wire } from './wire.ts';

interface RestAnswer {
  readonly outcomes: readonly RestOutcome[];
}

interface RestOutcome {
  readonly outcome: string;
  readonly position?: number;
  readonly first_stored_time?: string;
}

export function createRestWire(target: Target): Wire {
  const agent = createHttp1Agent(target.secure);
  const connect = createConnectWire(target, 'connect-http1');
  const publish = async (events: readonly Event[], options: CallOptions) =>
    responseOf(await post(agent, `${target.baseUrl}/publish`, eventsToJson(events), options));
  return {
    publish,
    openStream: (options) => openUnaryStream(publish, options),
    openSession: (options) => openUnarySession(publish, options),
    serverStream: connect.serverStream,
    unary: connect.unary,
    close() {
      agent.destroy();
      connect.close();
    },
  };
}

async function post(agent: Agent, url: string, body: string, { timeoutMs, signal }: CallOptions): Promise<RestAnswer> {
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    const { status, answer } = await exchange(
      agent,
      url,
      body,
      signal ? AbortSignal.any([signal, deadline]) : deadline,
    );
    if (status !== 200 && status !== 202) throw clientErrorOfRest(status, answer);
    return JSON.parse(answer) as RestAnswer;
  } catch (error) {
    if (error instanceof OncelogClientError) throw error;
    if (signal?.aborted) throw cancelledCall(error);
    if (deadline.aborted) throw timedOutCall(timeoutMs, error);
    throw new OncelogClientError('UNREACHABLE', error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}

function exchange(agent: Agent, url: string, body: string, signal: AbortSignal) {
  return new Promise<{ status: number; answer: string }>((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    request(url, { method: 'POST', agent, headers, signal }, (response) => {
      textOf(response).then((answer) => resolve({ status: response.statusCode ?? 0, answer }), reject);
    })
      .on('error', reject)
      .end(body);
  });
}

function responseOf({ outcomes }: RestAnswer): PublishResponse {
  const counts = noCounts();
  const results = outcomes.map(({ outcome, position, first_stored_time: first }) => {
    const status = OutcomeStatus[outcome.toUpperCase() as keyof typeof OutcomeStatus] ?? OutcomeStatus.UNSPECIFIED;
    counts.received += 1;
    if (status === OutcomeStatus.STORED) counts.stored += 1;
    else if (status === OutcomeStatus.DUPLICATE) counts.duplicates += 1;
    else if (status === OutcomeStatus.CONFLICT) counts.conflicts += 1;
    else if (status === OutcomeStatus.ACCEPTED) counts.accepted += 1;
    return {
      status,
      position: BigInt(position ?? 0),
      ...(first !== undefined && { firstStoredTime: timestampFromText(first, 'first_stored_time') }),
    };
  });
  return create(PublishResponseSchema, { outcomes: results, summary: bigCounts(counts) });
}
