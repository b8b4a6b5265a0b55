/** A server whose host drops what asks for a connection, as a line with a long round trip or a lost packet does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

export interface DeafServer {
  readonly port: number;
  /** From now on it accepts connections; who has asked already gets one when it asks again, after a second. */
  readonly hear: () => void;
  readonly stop: () => void;
}

/** Answers each request with an empty JSON object, and each CONNECT with 403. */
const PROGRAM = `
  const server = require('node:http').createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  server.on('connect', (request, socket) => socket.end('HTTP/1.1 403 Forbidden\\r\\n\\r\\n'));
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port));`;

/** A process that is halted, with its queue of connections full. */
export async function deafServer(): Promise<DeafServer> {
  const child = spawn(process.execPath, ['-e', PROGRAM], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const port = Number(line);
  child.kill('SIGSTOP');
  const queue = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  await once(queue[0] ?? child, 'connect');
  return {
    port,
    hear: () => {
      child.kill('SIGCONT');
    },
    stop: () => {
      queue.forEach((socket) => socket.destroy());
      child.kill('SIGKILL');
    },
  };
}
