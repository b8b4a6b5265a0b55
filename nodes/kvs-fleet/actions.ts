/** Reads the input messages of kvs-fleet. */
import type { StreamRef } from '../../src/options';
import type { Statement } from '../../src/statement';
import {
  readAck,
  readStart,
  readStream,
  type AckProperties,
  type StartProperties,
} from '../shared/input-properties';
import { nodeStatement } from '../shared/node-statements';

/** What an input message asks for. Without a stream it is about all of them. */
export type FleetAction =
  | ({ readonly name: 'start' } & StartProperties)
  | { readonly name: 'stop' | 'pause' | 'resume' | 'wake'; readonly stream?: StreamRef }
  | { readonly name: 'reset'; readonly stream: StreamRef }
  | { readonly name: 'discover' | 'drain' | 'join' | 'status' }
  | ({ readonly name: 'ack'; readonly StreamName: string } & AckProperties);

export type FleetActionResult = { readonly action: FleetAction } | { readonly problem: Statement };

const ACTIONS = [
  ...(['start', 'stop', 'pause', 'resume', 'wake', 'ack', 'reset'] as const),
  ...(['discover', 'drain', 'join', 'status'] as const),
] as const;

/** Reads an input message. A problem never repeats the value at fault. */
export function parseFleetAction(msg: Readonly<Record<string, unknown>>): FleetActionResult {
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
      if ('problem' in parts) {
        return parts;
      }
      const { StreamName } = parts;
      return StreamName === undefined
        ? { problem: nodeStatement('fleet.ackWithoutStream', {}) }
        : { action: { name, ...parts, StreamName } };
    }
    case 'reset': {
      const { stream, problem } = { stream: undefined, problem: undefined, ...readStream(msg['stream']) };
      return stream === undefined
        ? { problem: problem ?? nodeStatement('fleet.streamNeeded', {}) }
        : { action: { name, stream } };
    }
    case 'stop':
    case 'pause':
    case 'resume':
    case 'wake': {
      const parts = readStream(msg['stream']);
      return 'problem' in parts ? parts : { action: { name, ...parts } };
    }
    default:
      return { action: { name } };
  }
}
