/** The status of kvs-convert: what it converts to, or why it cannot. */
import type { NodeStatus } from 'node-red';
import type { MediaFormat } from '../../src/convert';

export const IDLE: NodeStatus = { fill: 'grey', shape: 'ring', text: 'waiting for chunks' };

export function failureStatus(ErrorType: string): NodeStatus {
  return { fill: 'red', shape: 'ring', text: ErrorType };
}

/** Under 20 characters where that is possible. */
export function convertingStatus({ codecs, mimeType, width, height }: MediaFormat): NodeStatus {
  const what = codecs?.join(' ') ?? mimeType.replace(/;.*/, '');
  const text = width === undefined || height === undefined ? what : `${what} ${width}x${height}`;
  return { fill: 'green', shape: 'dot', text };
}
