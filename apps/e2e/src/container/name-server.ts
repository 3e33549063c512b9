// A name server that knows one name, as the one inside a network of containers does.
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';

export interface NameServer extends AsyncDisposable {
  readonly port: number;
  /** IPv4 addresses that the name stands for, from the next question on. */
  addresses: readonly string[];
}

const headerBytes = 12;
const typeA = 1;
const classInternet = 1;
const ttlS = 1;
/** An answer, to a question that wants recursion. */
const answered = 0x8180;
const noSuchName = 0x8183;
/** The name of the question, which every answer is about. */
const sameName = 0xc000 | headerBytes;

export async function startNameServer(name: string, addresses: readonly string[]): Promise<NameServer> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const server: NameServer = {
    port: socket.address().port,
    addresses,
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, 'close');
    },
  };
  socket.on('message', (query: Buffer, { port, address }: RemoteInfo) => {
    socket.send(answerTo(query, name, server.addresses), port, address);
  });
  return server;
}

function answerTo(query: Buffer, name: string, addresses: readonly string[]): Buffer {
  const end = query.indexOf(0, headerBytes) + 1;
  const question = query.subarray(headerBytes, end + 4);
  const isKnown = query.toString('latin1', headerBytes + 1, end - 1).toLowerCase() === name;
  const found = isKnown && query.readUInt16BE(end) === typeA ? addresses : [];
  const counts = [1, found.length, 0, 0];
  const header = [query.readUInt16BE(0), isKnown ? answered : noSuchName, ...counts];
  return Buffer.concat([words(header), question, ...found.map(recordOf)]);
}

function recordOf(address: string): Buffer {
  const bytes = Buffer.from(address.split('.').map(Number));
  return Buffer.concat([words([sameName, typeA, classInternet, 0, ttlS, bytes.length]), bytes]);
}

function words(values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) buffer.writeUInt16BE(value, index * 2);
  return buffer;
}
