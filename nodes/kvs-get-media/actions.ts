/** Reads the input messages of kvs-get-media. */
import type { Statement } from '../../src/statement';
import { readAck, readStart, type AckProperties, type StartProperties } from '../shared/input-properties';
import { nodeStatement } from '../shared/node-statements';

/** What an input message asks for. */
export type InputAction =
  | ({ readonly name: 'start' } & StartProperties)
  | { readonly name: 'stop' | 'pause' | 'resume' | 'reset' }
  | ({ readonly name: 'ack' } & AckProperties);

export type ActionResult = { readonly action: InputAction } | { readonly problem: Statement };

const ACTIONS = ['start', 'stop', 'pause', 'resume', 'ack', 'reset'] as const;

/** Reads an input message. A problem never repeats the value at fault. */
export function parseAction(msg: Readonly<Record<string, unknown>>): ActionResult {
  const name = ACTIONS.find((action) => action === msg['action']);
  switch (name) {
    case undefined:
      return { problem: nodeStatement('input.action', { actions: ACTIONS.join(', ') }) };
    case 'start': {
      const parts = readStart(msg);
      return 'problem' in parts ? parts : { action: { name, ...parts } };
    }
    case 'ack': {
      const parts = readAck(msg['kvs']);
      return 'problem' in parts ? parts : { action: { name, ...parts } };
    }
    default:
      return { action: { name } };
  }
}
