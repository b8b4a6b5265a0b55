/** Bodies of the admin API. */
import type { ServerResponse } from 'node:http';
import { printable } from '../../printable';

/** @throws {SyntaxError} for a body that is not JSON */
export function json(body: Buffer): unknown {
  return JSON.parse(body.toString('utf8'));
}

export function reply(response: ServerResponse, statusCode: number, value: unknown): void {
  response.writeHead(statusCode, { 'Content-Type': 'application/json' });
  // A person reads this in a terminal; what JSON leaves as it is may still be obeyed there.
  const lines = JSON.stringify(value, null, 2).split('\n');
  response.end(`${lines.map((line) => printable(line, Infinity)).join('\n')}\n`);
}
