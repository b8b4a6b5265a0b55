/** curl reading the same response: a process of its own, whose CPU time the shell tells. */
import { spawn, spawnSync } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { Spent } from './measured';

const SECONDS = 2;
/** Of curl: the time is over. */
const TIMED_OUT = 28;

export function hasCurl(): boolean {
  return spawnSync('curl', ['--version']).status === 0 && spawnSync('bash', ['--version']).status === 0;
}

/** Reads the stream for a moment and throws it away. Start-up and handshake are in it. */
export async function readByCurl(endpoint: string, cert: string, stream: string): Promise<Spent> {
  const request = [
    '-s',
    '--cacert',
    cert,
    '-d',
    JSON.stringify({ StreamName: stream }),
    `${endpoint}/getMedia`,
  ];
  const read = ['-m', String(SECONDS), '-o', '/dev/null', '-w', '%{size_download} %{time_total} '];
  const child = spawn('bash', ['-c', `TIMEFORMAT='%U %S'; time "$@"`, 'bash', 'curl', ...read, ...request]);
  const exit = new Promise((resolve) => child.on('exit', resolve));
  const [out, error, status] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  const [count = NaN, wallSeconds = NaN] = out.split(' ').map(Number);
  const [user = NaN, system = NaN] = error.trim().split(' ').map(Number);
  if (status !== TIMED_OUT || !(count > 0)) {
    throw new Error(`curl failed with ${String(status)}: ${error}`);
  }
  return { count, wallSeconds, cpuSeconds: user + system };
}
