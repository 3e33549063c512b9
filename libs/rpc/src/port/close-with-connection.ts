// Tells every answer of a connection over HTTP/1.1 that its client has left.
//
// A client may ask again before it has its first answer. Node closes only the answer whose turn it is when the
// connection goes; those behind it would go on for nobody, and 3,000 subscriptions sent ahead would never end.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const openAnswers = new WeakMap<Socket, Set<ServerResponse>>();

export function closeWithConnection({ socket }: IncomingMessage, response: ServerResponse): void {
  const answers = openAnswers.get(socket) ?? watched(socket);
  answers.add(response);
  response.once('close', () => answers.delete(response));
}

function watched(socket: Socket): Set<ServerResponse> {
  const answers = new Set<ServerResponse>();
  openAnswers.set(socket, answers);
  socket.once('close', () => {
    for (const response of answers) {
      // Only an answer whose turn has come has the socket, and hears of it from Node.
      if (response.socket) continue;
      response.destroy();
      response.emit('close');
    }
  });
  return answers;
}
