// From a Node.js request to a Connect handler: the path decides, then the guard reads the body.
import { createRegistry, type DescMethod } from '@bufbuild/protobuf';
import { createConnectRouter, createContextValues, type ConnectRouter } from '@connectrpc/connect';
import {
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from '@connectrpc/connect-node';
import { createAsyncIterable, type UniversalHandler, type UniversalServerRequest } from '@connectrpc/connect/protocol';
import { type Limits, OncelogError, violated } from '@oncelog/core';
import { BadRequestSchema, ErrorInfoSchema, QuotaFailureSchema, RetryInfoSchema } from '@oncelog/protocol';
import { type FailureSink, noteFailure } from '../failures/note-failure.ts';
import { bodyTimedOut } from '../failures/body-timed-out.ts';
import { cutShort } from '../failures/cut-short.ts';
import { readerStalled } from '../failures/reader-stalled.ts';
import { WrongMethodError } from '../failures/wrong-method.ts';
import { abandonBody, abandonBodyAfter } from '../port/abandon-body.ts';
import type { NodeRequest, NodeResponse } from '../port/dual-server.ts';
import { bodyTimeoutMs, callTimeoutMaxMs } from '../port/http-limits.ts';
import { pathOf } from '../port/request-path.ts';
import { errorToConnect } from './error-to-connect.ts';
import { answerFailures } from './failure-interceptor.ts';
import { type BodyShape, guardBody } from './guarded-body.ts';
import { type RefusedMessages, refusedMessages } from './refused-messages.ts';
import { sendResponse } from './send-response.ts';

const contentType = /^application\/(?:(grpc-web|grpc|connect)(?:\+(proto|json))?|(proto|json))(?:\s*;.*)?$/i;

/** As JSON, the details of a failure inside a message can only be written by who knows their types. */
const failureDetails = createRegistry(ErrorInfoSchema, BadRequestSchema, QuotaFailureSchema, RetryInfoSchema);

export interface RpcListenerOptions extends FailureSink {
  readonly routes: (router: ConnectRouter) => void;
  readonly limits: Limits;
  readonly shutdownSignal: AbortSignal;
  /** How long the body of a unary call may take to arrive. */
  readonly unaryBodyTimeoutMs?: number;
}

export interface RpcListener {
  /** Answers the request if its path is a method of a service; false leaves it to others. */
  handle(request: NodeRequest, response: NodeResponse): boolean;
}

export function createRpcListener(options: RpcListenerOptions): RpcListener {
  const { routes, limits, shutdownSignal, unaryBodyTimeoutMs = bodyTimeoutMs, ...sink } = options;
  const router = createConnectRouter({
    acceptCompression: [compressionGzip],
    readMaxBytes: limits.requestBytesMax,
    maxTimeoutMs: callTimeoutMaxMs,
    jsonOptions: { ignoreUnknownFields: false, registry: failureDetails },
    interceptors: [answerFailures(sink)],
    shutdownSignal,
  });
  routes(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));

  const answer = async (
    handler: UniversalHandler,
    universal: UniversalServerRequest,
    response: NodeResponse,
  ): Promise<void> => {
    const request = guarded(universal, handler, limits, sink);
    if (!answersMoreThanOnce(handler)) {
      await universalResponseToNodeResponse(await handler(request), response);
      return;
    }
    const stalling = new AbortController();
    const signal = AbortSignal.any([request.signal, stalling.signal]);
    await sendResponse(await handler({ ...request, signal }), response, {
      stallMs: limits.readerStallMs,
      onStalled: () => stalling.abort(readerStalled(limits.readerStallMs)),
    });
  };

  return {
    handle(request, response) {
      const handler = handlers.get(pathOf(request));
      if (!handler) return false;
      assertAllowed(handler, request);
      const universal = universalRequest(request, response, asksOnce(handler) ? unaryBodyTimeoutMs : undefined);
      abandonBodyAfter(response, request);
      answer(handler, universal, response).catch((error: unknown) => {
        sink.logger.debug({ err: error, route: handler.method.name }, 'the client left before its answer');
        response.destroy();
      });
      return true;
    },
  };
}

function asksOnce({ method: { methodKind } }: UniversalHandler): boolean {
  return methodKind === 'unary' || methodKind === 'server_streaming';
}

function answersMoreThanOnce({ method: { methodKind } }: UniversalHandler): boolean {
  return methodKind === 'server_streaming' || methodKind === 'bidi_streaming';
}

function assertAllowed(handler: UniversalHandler, { method = '', headers }: NodeRequest): void {
  if (!handler.allowedMethods.includes(method)) throw new WrongMethodError(method, handler.allowedMethods);
  const type = headers['content-type'] ?? '';
  if (method === 'GET' || handler.supportedContentType(type)) return;
  const description = `"${type}" is not served; send application/json, application/proto or application/grpc`;
  throw new OncelogError('WRONG_MEDIA_TYPE', `content-type: ${description}`, {
    violations: [{ field: 'content-type', description }],
  });
}

function universalRequest(
  request: NodeRequest,
  response: NodeResponse,
  timeoutMs: number | undefined,
): UniversalServerRequest {
  try {
    const universal = universalRequestFromNodeRequest(request, response, undefined, undefined);
    return { ...universal, body: readToItsEnd(request, timeoutMs) };
  } catch {
    throw violated('MALFORMED', [{ field: 'host', description: 'is not a host name that a URL can hold' }]);
  }
}

/**
 * A body that is left before its end is read on into nothing. Ending it by force would stop the connection's reading
 * for good: what the client sends next on it would hang, and a client that goes away would not be noticed.
 */
async function* readToItsEnd(request: NodeRequest, timeoutMs: number | undefined): AsyncIterable<Uint8Array> {
  const chunks = request.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array, undefined>;
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer =
    timeoutMs === undefined ? undefined : setTimeout(() => reject(bodyTimedOut('request', timeoutMs)), timeoutMs);
  let waiting = false;
  try {
    for (;;) {
      waiting = true;
      // Only unary calls race the clock: a stream without end would pile up its races.
      const { done, value } = await (timer === undefined ? chunks.next() : Promise.race([chunks.next(), late]));
      waiting = false;
      if (done) return;
      yield value;
    }
  } catch (error) {
    if (error instanceof OncelogError) throw error;
    // The client has left: worth no more of the log than any other bad request.
    throw cutShort();
  } finally {
    clearTimeout(timer);
    // An iterator that still waits for a chunk would not come back; any other lets go before the rest is read on.
    if (!waiting) await chunks.return?.();
    abandonBody(request);
  }
}

/** The same request, with a body that fails in the contract's words before it reaches the decoder. */
function guarded(
  request: UniversalServerRequest,
  { method }: UniversalHandler,
  limits: Limits,
  sink: FailureSink,
): UniversalServerRequest {
  const post = request.method === 'GET' ? asPost(request) : request;
  const header = new Headers(post.header);
  const refused: RefusedMessages | undefined = method.methodKind === 'bidi_streaming' ? new Map() : undefined;
  const body = guardBody(post.body as AsyncIterable<Uint8Array>, method, takeShape(header), limits, refused);
  return {
    ...post,
    header,
    body: inContractWords(body, method, sink),
    ...(refused && { contextValues: createContextValues().set(refusedMessages, refused) }),
  };
}

/** A GET of the Connect protocol is the same call with its message in the query. */
function asPost(request: UniversalServerRequest): UniversalServerRequest {
  const query = new URL(request.url).searchParams;
  const message = query.get('message') ?? '';
  const header = new Headers(request.header);
  header.set('content-type', `application/${query.get('encoding') === 'proto' ? 'proto' : 'json'}`);
  header.set('content-encoding', query.get('compression') ?? 'identity');
  const bytes = Buffer.from(message, query.get('base64') === '1' ? 'base64url' : 'utf8');
  return { ...request, method: 'POST', header, body: createAsyncIterable([bytes]) };
}

/** How the body is laid out. The encoding is taken off the headers when the guard is the one to undo it. */
function takeShape(header: Headers): BodyShape {
  const [, protocol, framedCodec, codec] = contentType.exec(header.get('content-type') ?? '') ?? [];
  const framed = protocol !== undefined;
  const encodingHeader = !framed
    ? 'content-encoding'
    : `${protocol === 'connect' ? 'connect-content' : 'grpc'}-encoding`;
  const gzip = header.get(encodingHeader) === 'gzip';
  if (gzip) header.delete(encodingHeader);
  // The length is that of the compressed body.
  header.delete('content-length');
  return { framed, gzip, json: (framedCodec ?? codec)?.toLowerCase() === 'json' };
}

async function* inContractWords(body: AsyncIterable<Uint8Array>, method: DescMethod, sink: FailureSink) {
  try {
    yield* body;
  } catch (error) {
    // The handler of a stream sees the error itself, and its interceptor notes it.
    if (method.methodKind === 'unary') noteFailure(sink, error, method.name);
    throw errorToConnect(error);
  }
}
