// One connection, any bytes: what came back by the time the server closed it, or the text waited for had come.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Every conversation ends within this time or the test has found a hang. */
const conversationTimeoutMs = 15_000;

export interface Conversation {
  readonly socket: Socket;
  /** Resolves with everything received when the server closes. */
  closed(): Promise<string>;
  /** Resolves when the text has been received. */
  until(text: string): Promise<string>;
}

export async function dial(port: number): Promise<Conversation> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  let over = false;
  let wake = () => {};
  socket.setEncoding('latin1').on('data', (text: string) => {
    received += text;
    wake();
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    over = true;
    wake();
  });
  socket.setTimeout(conversationTimeoutMs, () => socket.destroy(new Error('the server neither answers nor closes')));
  await once(socket, 'connect');
  const wait = async (enough: () => boolean): Promise<string> => {
    while (!over && !enough()) await new Promise<void>((resolve) => (wake = resolve));
    if (!enough() && socket.errored) throw socket.errored;
    return received;
  };
  return { socket, closed: () => wait(() => over), until: (text) => wait(() => received.includes(text)) };
}

/** Sends the bytes and resolves with what came back before the server closed. */
export async function exchange(port: number, bytes: Uint8Array | string): Promise<string> {
  const { socket, closed } = await dial(port);
  socket.write(bytes);
  return closed();
}
