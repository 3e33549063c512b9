// A publish whose body never comes to its end: what keeps an aggregator from ending its drain early.
import { once } from 'node:events';
import { connect } from 'node:net';

export interface HeldRequest {
  /** Sends the rest of the body and resolves with the answer's status line and body. */
  finish(): Promise<string>;
}

export async function holdRequest(port: number): Promise<HeldRequest> {
  const body = '{"topic":"held","event_id":"held-1","payload":{}}';
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
  // The server may cut the connection at the end of its patience.
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  const head = [
    'POST /publish HTTP/1.1',
    'host: localhost',
    'content-type: application/json',
    `content-length: ${body.length}`,
    // "100 Continue" says that the server has begun to serve the request.
    'expect: 100-continue',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  await once(socket, 'data');
  socket.write(body.slice(0, 10));
  return {
    async finish() {
      answer = '';
      socket.write(body.slice(10));
      await closed;
      return answer;
    },
  };
}
