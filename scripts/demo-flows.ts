/** The flows of the demo. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');
const HOST = '127.0.0.1';

export interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly z?: string;
  readonly [property: string]: unknown;
}

/** Text of a message in one line, run inside Node-RED by a function node. */
const DESCRIBE = `
const { kvs, topic } = msg;
const seconds = (ms) => (ms / 1000).toFixed(1) + ' s';
msg.payload = [
    topic + ' chunk ' + kvs.sequence,
    seconds(kvs.FragmentLengthInMilliseconds),
    kvs.frames + ' frames',
    Math.round(kvs.FragmentSizeInBytes / 1000) + ' kB',
    seconds(kvs.MillisBehindNow) + ' behind live',
    '…' + kvs.FragmentNumber.slice(-12),
].join(' · ');
return msg;
`.trim();

function example(): FlowNode[] {
  return JSON.parse(readFileSync(join(ROOT, 'examples', '1-first-stream.json'), 'utf8')) as FlowNode[];
}

/** The node of the first example whose preview can be looked at. */
export function mediaId(): string {
  return example().find(({ type }) => type === 'kvs-get-media')?.id ?? '';
}

/** The first example, with the simulator's port, and with one line a chunk for the terminal. */
export function exampleFlow(simulatorPort: number): FlowNode[] {
  return example().flatMap((node) => {
    if (node.type === 'kvs-config') {
      return [{ ...node, endpoint: `http://${HOST}:${simulatorPort}` }];
    }
    if (node.type !== 'kvs-get-media') {
      return [node];
    }
    const wires = node['wires'] as string[][];
    const place = { z: node.z ?? '' };
    return [
      { ...node, wires: [[...(wires[0] ?? []), 'describe'], wires[1] ?? []] },
      {
        ...{ id: 'describe', type: 'function', name: 'one line', func: DESCRIBE, outputs: 1 },
        ...{ ...place, x: 380, y: 240, wires: [['terminal']] },
      },
      {
        ...{ id: 'terminal', type: 'debug', name: 'terminal', active: true, tosidebar: false, console: true },
        ...{ complete: 'payload', targetType: 'msg', ...place, x: 560, y: 240, wires: [] },
      },
    ];
  });
}

/** The figures of a fleet in one line, run inside Node-RED by a function node. */
const SUMMARISE = `
const { event, StreamName, reason, streams, bitsPerSecond, MillisBehindNow, reconnects } = msg.payload;
if (event !== 'stats') {
    msg.payload = [StreamName, event, reason].filter((part) => part !== undefined).join(' ');
    return msg;
}
msg.payload = [
    streams.here + ' of ' + streams.all + ' streams',
    streams.silent + ' silent',
    Math.round(bitsPerSecond / 100000) / 10 + ' Mbit/s',
    ...(MillisBehindNow ? [(MillisBehindNow.max / 1000).toFixed(1) + ' s behind live at most'] : []),
    reconnects + ' reconnects',
].join(' · ');
return msg;
`.trim();

/**
 * One node that reads all cameras of the simulator, or its part of them, with one line every ten seconds for the
 * terminal.
 *
 * @param tableEndpoint of the table by which several share them
 */
export function fleetFlow(simulatorPort: number, tableEndpoint?: string): FlowNode[] {
  const config = example().find(({ type }) => type === 'kvs-config');
  const place = { z: 'fleet' };
  return [
    { id: 'fleet', type: 'tab', label: 'All cameras in one node' },
    ...(config === undefined ? [] : [{ ...config, endpoint: `http://${HOST}:${simulatorPort}` }]),
    {
      ...{ id: 'cameras', type: 'kvs-fleet', name: 'all cameras', version: 1, config: config?.id ?? '' },
      ...{ selectBy: 'prefix', streams: 'camera-' },
      ...(tableEndpoint === undefined ? {} : { coordination: 'dynamodb', tableEndpoint }),
      ...{ ...place, x: 140, y: 120, wires: [['chunks'], ['errors'], ['summarise']] },
    },
    {
      ...{ id: 'chunks', type: 'debug', name: 'chunks', active: false, tosidebar: true },
      ...{ complete: 'true', targetType: 'full', ...place, x: 380, y: 80, wires: [] },
    },
    {
      ...{ id: 'errors', type: 'debug', name: 'errors', active: true, tosidebar: true },
      ...{ complete: 'payload', targetType: 'msg', ...place, x: 380, y: 120, wires: [] },
    },
    {
      ...{ id: 'summarise', type: 'function', name: 'one line', func: SUMMARISE, outputs: 1 },
      ...{ ...place, x: 380, y: 160, wires: [['terminal']] },
    },
    {
      ...{ id: 'terminal', type: 'debug', name: 'terminal', active: true, tosidebar: true, console: true },
      ...{ complete: 'payload', targetType: 'msg', ...place, x: 560, y: 160, wires: [] },
    },
  ];
}
