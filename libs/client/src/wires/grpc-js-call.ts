// What all calls of grpc-js share: methods by their descriptors, failures as errors of our own, cancelling.
import {
  type DescMessage,
  type DescMethodBiDiStreaming,
  type DescMethodClientStreaming,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  fromBinary,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import type { ServiceError } from '@grpc/grpc-js';
import { clientErrorOfRpc, readStatus } from '../failures/rpc-error.ts';

/** "No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:8080. Resolution note: " */
const connectionNoise = /^No connection established\. Last error: (?:Error: )?(.*?)\.? Resolution note:.*$/s;

/** Of ; , / ? : @ & = + $ # */
const encodedUriMarks = /%(?:3B|2C|2F|3F|3A|40|26|3D|2B|24|23)/gi;

type TypedMethod<I extends DescMessage, O extends DescMessage> =
  | DescMethodUnary<I, O>
  | DescMethodClientStreaming<I, O>
  | DescMethodServerStreaming<I, O>
  | DescMethodBiDiStreaming<I, O>;

export function definitionOf<I extends DescMessage, O extends DescMessage>({
  parent,
  name,
  input,
  output,
}: TypedMethod<I, O>) {
  return {
    path: `/${parent.typeName}/${name}`,
    serialize: (message: MessageShape<I>) => {
      const bytes = toBinary(input, message);
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
    deserialize: (bytes: Buffer) => fromBinary(output, bytes),
  };
}

export function clientErrorOf(error: ServiceError, timeoutMs: number | undefined, signal: AbortSignal | undefined) {
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  const status = bytes === undefined ? undefined : readStatus(Buffer.from(bytes));
  return clientErrorOfRpc({
    grpcCode: error.code,
    message: status?.message || textOfDetails(error.details),
    details: status?.details ?? [],
    cancelled: signal?.aborted ?? false,
    timeoutMs,
    cause: error,
  });
}

/** grpc-js decodes the trailer like a whole URI, which leaves ":", "/" and other marks of one percent-encoded. */
function textOfDetails(details: string): string {
  return details.replace(connectionNoise, '$1').replace(encodedUriMarks, decodeURIComponent);
}

/** Returns what takes the listener off again: a signal may outlive thousands of calls. */
export function onAbort(signal: AbortSignal | undefined, abort: () => void): () => void {
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  return () => signal?.removeEventListener('abort', abort);
}
