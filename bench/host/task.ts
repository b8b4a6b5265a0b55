/**
 * One measurement of a real Node-RED that reads media made to hurt it, from a service in this process. Linux only.
 *
 * node --import tsx bench/host/task.ts '{"what":"laced","watchMs":10000}'
 */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SIMULATOR_KEYS, mediaNode, simulatorConfig } from '../../testing/collector';
import {
  FIXED,
  ID,
  KEYFRAME,
  chunk,
  closingTags,
  element,
  frontTags,
  simpleBlock,
  trackEntry,
  uint,
} from '../../testing/matroska-writer';
import { startNodeRed, type FlowNode } from '../../testing/node-red';
import { COLLECT_ON_SIGNAL } from '../memory';
import { PACKAGE } from '../paths';
import type { Case, HostResult, HostTask } from './measurement';

const MEGABYTE = 1024 * 1024;
/** Once the node waits for media. */
const SETTLE_MS = 3_000;

/**
 * For Node-RED's settings: from SIGIO on it looks at each turn of the event loop, and logs `measured {…}` at the next.
 * The kernel knows the peak of the memory (proc(5): VmHWM, which clear_refs resets) and the CPU of the main thread.
 */
const MEASURE_ON_SIGNAL = `
const { readFileSync, writeFileSync } = require('node:fs');
const cpuMs = () => Number(readFileSync('/proc/self/schedstat', 'latin1').split(' ')[0]) / 1e6;
const megabytes = (what) => Number(new RegExp(what + ':\\\\s+(\\\\d+)').exec(readFileSync('/proc/self/status', 'latin1'))[1]) / 1024;
let measured;
process.on('SIGIO', () => {
  if (measured !== undefined) {
    const { idleMB, longestTurnMs } = measured;
    measured = undefined;
    console.log('measured ' + JSON.stringify({ addedMB: megabytes('VmHWM') - idleMB, longestTurnMs }));
    return;
  }
  const own = { idleMB: 0, longestTurnMs: 0 };
  measured = own;
  let last = cpuMs();
  const turn = () => {
    const now = cpuMs();
    own.longestTurnMs = Math.max(own.longestTurnMs, now - last);
    last = now;
    if (measured === own) {
      setImmediate(turn);
    }
  };
  setImmediate(turn);
  // Looking makes garbage of its own, which is not to count.
  setTimeout(() => {
    writeFileSync('/proc/self/clear_refs', '5');
    Object.assign(own, { idleMB: megabytes('VmRSS'), longestTurnMs: 0 });
    console.log('watching');
  }, 2_000);
});`;

const COUNT = `const count = (context.get('count') || 0) + 1;
context.set('count', count);
if (count % 500 === 0) { node.log('messages ' + count); }
return null;`;
const REPORT = `node.log('refused as ' + msg.payload.ErrorType); return null;`;
/** What shows that the node has dealt with all of it. Media that are simply taken would measure nothing. */
const OUTCOMES: Readonly<Record<Case, RegExp>> = {
  laced: /refused as MalformedMedia/,
  private: /messages 1500/,
  convert: /refused as (MalformedMedia|ChunkTooLarge)/,
  magic: /refused as MalformedMedia/,
};
const OUTCOME_WITHIN_MS = 30_000;

function media(what: Case): Buffer {
  /** 256 frames of no byte. */
  const laced = simpleBlock(1, 0, KEYFRAME | FIXED, [0xff]);
  const blocks: Readonly<Record<Case, () => readonly Buffer[]>> = {
    laced: () => Array<Buffer>(9_000).fill(laced),
    private: () => Array.from({ length: 1_500 }, (_, i) => simpleBlock(1, i, KEYFRAME, [1, 2, 3, 4])),
    convert: () => Array<Buffer>(40_000).fill(laced),
    magic: () => [
      simpleBlock(1, 0, KEYFRAME, Buffer.alloc(MEGABYTE, Buffer.from('1a45dfa3', 'hex'))),
      // No element begins with a byte of 0.
      Buffer.alloc(2),
    ],
  };
  const codecPrivate = what === 'private' ? [element(ID.CodecPrivate, Buffer.alloc(MEGABYTE, 7))] : [];
  const track = trackEntry(1, uint(ID.TrackType, 1), element(ID.CodecID, 'V_MPEG4/ISO/AVC'), ...codecPrivate);
  return chunk({
    tracks: element(ID.Tracks, track),
    front: frontTags('1'),
    cluster: element(ID.Cluster, uint(ID.Timestamp, 0), ...blocks[what]()),
    closing: closingTags('1'),
  });
}

/** A service that answers each GetMedia with the media, once `begin` is called, and leaves it open. */
async function serve(bytes: Buffer): Promise<{ server: Server; endpoint: string; begin: () => void }> {
  const waiting: ServerResponse[] = [];
  let hasBegun = false;
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      if (request.url !== '/getMedia') {
        response.end(JSON.stringify({ DataEndpoint: endpoint }));
      } else if (hasBegun) {
        response.write(bytes);
      } else {
        response.flushHeaders();
        waiting.push(response);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const begin = (): void => {
    hasBegun = true;
    for (const response of waiting) {
      response.write(bytes);
    }
  };
  return { server, endpoint, begin };
}

function flow(endpoint: string, what: Case): FlowNode[] {
  // Node-RED takes a node without a position for a config node.
  const place = { z: 'tab', name: '', x: 300, y: 100 };
  const emit = what === 'laced' || what === 'private' ? 'frame' : 'chunk';
  return [
    { id: 'tab', type: 'tab', label: 'host' },
    simulatorConfig(endpoint),
    mediaNode('reader', 'tab', {
      ...{ stream: 'hall', startSelectorType: 'EARLIEST', emit },
      wires: [[what === 'convert' ? 'convert' : 'end'], ['errors']],
    }),
    { id: 'convert', type: 'kvs-convert', ...place, to: 'mp4', wires: [['end'], ['errors']] },
    { id: 'end', type: 'function', ...place, func: COUNT, outputs: 1, wires: [[]] },
    { id: 'errors', type: 'function', ...place, func: REPORT, outputs: 1, wires: [[]] },
  ];
}

async function measure({ what, watchMs }: HostTask): Promise<HostResult> {
  const bytes = media(what);
  const { server, endpoint, begin } = await serve(bytes);
  const nodeRed = await startNodeRed({
    packageDir: PACKAGE,
    settingsScript: `${COLLECT_ON_SIGNAL}\n${MEASURE_ON_SIGNAL}`,
    flows: flow(endpoint, what),
    credentials: { config: SIMULATOR_KEYS },
  });
  try {
    const signal = async (name: NodeJS.Signals, answer: RegExp): Promise<string> => {
      process.kill(nodeRed.pid ?? 0, name);
      return nodeRed.waitForLog(answer);
    };
    await pause(SETTLE_MS);
    await signal('SIGWINCH', /^collected$/);
    await signal('SIGIO', /^watching$/);
    begin();
    await Promise.all([pause(watchMs), nodeRed.waitForLog(OUTCOMES[what], { timeoutMs: OUTCOME_WITHIN_MS })]);
    const line = await signal('SIGIO', /^measured /);
    const { addedMB, longestTurnMs } = JSON.parse(line.replace('measured ', '')) as HostResult;
    return { kilobytes: bytes.length / 1_000, addedMB: Math.max(0, addedMB), longestTurnMs };
  } finally {
    await nodeRed.stop();
    server.closeAllConnections();
    server.close();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

measure(JSON.parse(process.argv[2] ?? '') as HostTask).then(
  (result) => {
    console.log(JSON.stringify(result));
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
