// COPY … FROM STDIN with everything it takes at hand: the driver has the protocol, but no way in.
import { type ClientBase, Query } from 'pg';

/** What the driver calls when the server is ready for the rows. */
interface CopyConnection {
  sendCopyFromChunk(bytes: Buffer): void;
  endCopyFrom(): void;
}

class CopyIn extends Query {
  readonly #bytes: Buffer;

  constructor(statement: string, bytes: Buffer, callback: (error?: Error) => void) {
    super(statement, callback);
    this.#bytes = bytes;
  }

  handleCopyInResponse(connection: CopyConnection): void {
    connection.sendCopyFromChunk(this.#bytes);
    connection.endCopyFrom();
  }
}

export function copyIn(client: ClientBase, statement: string, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    client.query(new CopyIn(statement, bytes, (error) => (error ? reject(error) : resolve())));
  });
}
