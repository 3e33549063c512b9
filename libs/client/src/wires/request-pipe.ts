// Requests of one call: Connect pulls them from an iterable; a web stream turns that into writes with back-pressure.

/** Messages that wait for the connection. */
const waitingMessagesMax = 16;

export interface RequestPipe<T> {
  readonly requests: AsyncIterable<T>;
  /** Settles when there is room for more, or nobody to make any. */
  write(request: T): Promise<void>;
  end(): void;
  cancel(): void;
}

export function createRequestPipe<T>(): RequestPipe<T> {
  const pipe = new TransformStream<T>(undefined, new CountQueuingStrategy({ highWaterMark: waitingMessagesMax }));
  const writer = pipe.writable.getWriter();
  const ignore = () => {};
  writer.closed.catch(ignore);
  writer.ready.catch(ignore);
  return {
    requests: read(pipe.readable),
    write(request) {
      writer.write(request).catch(ignore);
      return writer.ready.catch(ignore);
    },
    end: () => void writer.close().catch(ignore),
    cancel: () => void writer.abort().catch(ignore),
  };
}

/** Connect asks for the iterator a second time and throws into it: a generator stands that, a web stream does not. */
async function* read<T>(readable: ReadableStream<T>) {
  for await (const request of readable) yield request;
}
