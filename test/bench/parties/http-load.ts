/** Posts prepared bodies over a few connections as fast as they are answered, with as little work of its own as possible. */
import { connect, type Socket } from 'node:net';

export interface Load {
  readonly url: string;
  readonly path: string;
  readonly contentType: string;
  readonly connections: number;
}

/** @throws Error at the first answer that is not 200 or does not contain `expected`. */
export async function postAll(load: Load, bodies: readonly Uint8Array[], expected: string): Promise<void> {
  const requests = bodies.map((body) =>
    Buffer.concat([
      Buffer.from(
        `POST ${load.path} HTTP/1.1\r\nhost: bench\r\ncontent-type: ${load.contentType}\r\ncontent-length: ${body.length}\r\n\r\n`,
      ),
      body,
    ]),
  );
  let next = 0;
  const take = (): Buffer | undefined => requests[next++];
  await Promise.all(Array.from({ length: load.connections }, () => pump(load.url, take, expected)));
}

function pump(url: string, take: () => Buffer | undefined, expected: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.setNoDelay(true);
  return new Promise((resolve, reject) => {
    const sendNext = (): void => {
      const request = take();
      if (request) socket.write(request);
      else socket.end(resolve);
    };
    socket.once('error', reject);
    socket.once('connect', sendNext);
    onAnswers(socket, (answer) => {
      if (answer.startsWith('HTTP/1.1 200') && answer.includes(expected)) sendNext();
      else {
        socket.destroy();
        reject(new Error(`unexpected answer: ${answer.slice(0, 300)}`));
      }
    });
  });
}

/** One answer is under way at a time. */
function onAnswers(socket: Socket, answered: (text: string) => void): void {
  let text = '';
  socket.on('data', (part) => {
    text += part.toString('latin1');
    const headEnd = text.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(text)?.[1]);
    if (text.length < headEnd + 4 + length) return;
    const answer = text;
    text = '';
    answered(answer);
  });
}
