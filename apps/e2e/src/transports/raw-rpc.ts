// RPC calls with any bytes for a request, and their answers read by hand, on each protocol.
import { type DescMethod, fromBinary } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { pathOf } from './grpc-js-wire.ts';
import { type Answer, type Headers, http1Client, http2Client, type HttpClient } from './raw-http.ts';
import {
  type FailureFacts,
  type FindDetail,
  findInStatus,
  restFailure,
  rpcFailure,
  type WireFailure,
} from './wire-failure.ts';

export interface RawCall {
  readonly method: DescMethod;
  /** One message, framed and typed as the protocol does. */
  readonly message?: Uint8Array | string;
  /** Instead of a message: the body as it goes out. */
  readonly body?: Uint8Array;
  readonly headers?: Headers;
}

export interface RawOutcome {
  readonly status: number;
  /** 0 for success. */
  readonly grpcCode: number;
  readonly facts?: FailureFacts;
}

export interface RawProtocol {
  readonly name: string;
  readonly json: boolean;
  readonly framed: boolean;
  readonly http: HttpClient;
  call(call: RawCall): Promise<RawOutcome>;
}

export function rawProtocols(port: number, connections = 1): RawProtocol[] {
  const http1 = http1Client(port, connections);
  const http2 = http2Client(port);
  return [
    protocol('gRPC', 'application/grpc+proto', http2, grpcOutcome, { te: 'trailers' }),
    protocol('gRPC-Web', 'application/grpc-web+proto', http1, grpcWebOutcome),
    protocol('Connect with protobuf', 'application/proto', http1, connectOutcome),
    protocol('Connect with JSON', 'application/json', http1, connectOutcome),
    protocol('Connect with protobuf over HTTP/2', 'application/proto', http2, connectOutcome),
  ];
}

export function frame(message: Uint8Array | string, flags = 0): Buffer {
  const bytes = Buffer.from(message as string);
  const header = Buffer.alloc(5);
  header[0] = flags;
  header.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([header, bytes]);
}

function protocol(
  name: string,
  contentType: string,
  http: HttpClient,
  read: (answer: Answer) => RawOutcome,
  always: Headers = {},
): RawProtocol {
  const framed = contentType.includes('grpc');
  return {
    name,
    json: contentType.endsWith('json'),
    framed,
    http,
    async call({ method, message = '', body, headers }) {
      const bytes = body ?? (framed ? frame(message) : Buffer.from(message as string));
      const answer = await http.send({
        path: pathOf(method),
        headers: { 'content-type': contentType, ...always, ...headers },
        body: bytes,
      });
      // What is refused before it is known to be an RPC is refused as over REST.
      const text = answer.body.toString();
      if (!/^\{"code":"[A-Z_]+"/.test(text)) return read(answer);
      return { status: answer.status, grpcCode: -1, facts: restFailure(answer.status, text).facts };
    },
  };
}

export function grpcOutcome({ status, headers, trailers }: Answer): RawOutcome {
  return statusOutcome(status, { ...headers, ...trailers });
}

export function grpcWebOutcome({ status, headers, body }: Answer): RawOutcome {
  let trailers: Headers = {};
  for (let at = 0; at + 5 <= body.length; at += 5 + body.readUInt32BE(at + 1)) {
    if ((body[at]! & 0x80) === 0) continue;
    const lines = body
      .subarray(at + 5, at + 5 + body.readUInt32BE(at + 1))
      .toString()
      .split('\r\n');
    trailers = Object.fromEntries(
      lines.filter(Boolean).map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
    );
  }
  return statusOutcome(status, { ...headers, ...trailers });
}

function statusOutcome(status: number, trailers: Headers): RawOutcome {
  const grpcCode = Number(trailers['grpc-status'] ?? -1);
  if (grpcCode === 0) return { status, grpcCode };
  const details = trailers['grpc-status-details-bin'];
  const find = findInStatus(details === undefined ? undefined : Buffer.from(details, 'base64'));
  return {
    status,
    grpcCode,
    facts: rpcFailure(grpcCode, decodeURIComponent(trailers['grpc-message'] ?? ''), find).facts,
  };
}

export interface ConnectErrorBody {
  readonly code: string;
  readonly message?: string;
  readonly details?: readonly { readonly type: string; readonly value: string }[];
}

function connectOutcome({ status, body }: Answer): RawOutcome {
  if (status === 200) return { status, grpcCode: 0 };
  if (body.length === 0) return { status, grpcCode: -1 };
  const { facts } = connectFailure(JSON.parse(body.toString()) as ConnectErrorBody);
  return { status, grpcCode: facts.grpcCode!, facts };
}

/** Of an answer by itself, or in the last frame of a stream. */
export function connectFailure({ code, message = '', details = [] }: ConnectErrorBody): WireFailure {
  const find: FindDetail = (desc) => {
    const found = details.find(({ type }) => type === desc.typeName);
    return found && fromBinary(desc, Buffer.from(found.value, 'base64'));
  };
  return rpcFailure(codeNumbers.get(code) ?? -1, message, find);
}

/** "invalid_argument" is InvalidArgument. */
const codeNumbers = new Map(
  Object.entries(Code)
    .filter((entry): entry is [string, Code] => typeof entry[1] === 'number')
    .map(([name, number]) => [name.replace(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase(), number]),
);
