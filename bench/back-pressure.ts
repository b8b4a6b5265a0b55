/**
 * A slow flow on a fast server: a real Node-RED acknowledges one chunk of 1 MB a second, the simulator offers 25 MB a
 * second. Prints every 5 s what has been taken from the socket and acknowledged, and the memory of the process.
 *
 * npx tsx bench/back-pressure.ts [--seconds 60]
 */
import { parseArgs } from 'node:util';
import { Simulator } from '../src/simulator';
import { SIMULATOR_KEYS, mediaNode, simulatorConfig } from '../testing/collector';
import {
  EBML_HEADER,
  ID,
  KEYFRAME,
  UNKNOWN_SEGMENT,
  VIDEO_TRACK,
  element,
  simpleBlock,
  uint,
} from '../testing/matroska-writer';
import { startNodeRed, type FlowNode } from '../testing/node-red';
import { slopePerHour } from './memory';

const MB = 1024 * 1024;
const OFFERED_PER_SECOND = 25;
const MAX_IN_FLIGHT = 4;
const SAMPLE_MS = 1_000;

/** Within Node-RED: counts the bytes of every socket that it opens, and logs one line a second. */
const PROBE = `
const sockets = [];
require('node:diagnostics_channel').subscribe('net.client.socket', ({ socket }) => sockets.push(socket));
const probe = { sent: 0, acknowledged: 0 };
module.exports.functionGlobalContext = { probe };
setInterval(() => {
  const taken = sockets.reduce((sum, { bytesRead }) => sum + bytesRead, 0);
  console.log('PROBE ' + JSON.stringify({ ...probe, taken, ...process.memoryUsage() }));
}, ${SAMPLE_MS});
`;

interface Sample {
  readonly sent: number;
  readonly acknowledged: number;
  readonly taken: number;
  readonly rss: number;
  readonly arrayBuffers: number;
}

function source(): Buffer {
  const clusters = Array.from({ length: OFFERED_PER_SECOND }, (_, i) =>
    element(
      ID.Cluster,
      uint(ID.Timestamp, (i * 1_000) / OFFERED_PER_SECOND),
      simpleBlock(1, 0, KEYFRAME, Buffer.alloc(MB, i + 1)),
    ),
  );
  return Buffer.concat([
    EBML_HEADER,
    UNKNOWN_SEGMENT,
    element(ID.Info, uint(ID.TimestampScale, 1_000_000)),
    element(ID.Tracks, VIDEO_TRACK),
    ...clusters,
  ]);
}

function flow(endpoint: string): FlowNode[] {
  const count = (what: string): string => `global.get('probe').${what} += msg.kvs.FragmentSizeInBytes;`;
  const place = { z: 'tab', x: 300, y: 100 };
  return [
    { id: 'tab', type: 'tab', label: 'slow' },
    simulatorConfig(endpoint),
    mediaNode('media', 'tab', {
      ...{ stream: 'fast', startSelectorType: 'EARLIEST', maxInFlight: MAX_IN_FLIGHT },
      wires: [['sent'], []],
    }),
    {
      ...{ id: 'sent', type: 'function', ...place, outputs: 1, wires: [['slow']] },
      func: `${count('sent')}
return msg;`,
    },
    {
      ...{ id: 'slow', type: 'delay', ...place, pauseType: 'rate', rate: '1', nbRateUnits: '1' },
      ...{ rateUnits: 'second', drop: false, outputs: 1, wires: [['ack']] },
    },
    {
      ...{ id: 'ack', type: 'function', ...place, outputs: 1, wires: [['media']] },
      func: `${count('acknowledged')}
return { kvs: msg.kvs, action: 'ack' };`,
    },
  ];
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
  const seconds = Number(values.seconds);
  const simulator = new Simulator();
  const stream = simulator.addStream({ name: 'fast', source: { bytes: source() } });
  const { endpoint } = await simulator.start();
  const nodeRed = await startNodeRed({
    flows: flow(endpoint),
    credentials: { config: SIMULATOR_KEYS },
    settingsScript: PROBE,
  });
  try {
    const from = nodeRed.log.length;
    const before = stream.nextPosition;
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    const offered = stream.nextPosition - before;
    const samples = nodeRed.log
      .slice(from)
      .filter((line) => line.startsWith('PROBE '))
      .map((line) => JSON.parse(line.slice(6)) as Sample);
    const inMB = (bytes: number): string => (bytes / MB).toFixed(1).padStart(8);
    const beyond = ({ taken, sent }: Sample): number => taken - sent;
    console.log('   s  acknowledged  out  taken from the socket  beyond both       RSS  buffers   (MB)');
    for (const [i, sample] of samples.entries()) {
      if (i % 5 === 0 || i === samples.length - 1) {
        const { acknowledged, sent, taken, rss, arrayBuffers } = sample;
        console.log(
          [
            String(i + 1).padStart(4),
            inMB(acknowledged),
            inMB(sent - acknowledged),
            inMB(taken),
            inMB(beyond(sample)),
            inMB(rss),
            inMB(arrayBuffers),
          ].join('  '),
        );
      }
    }
    const settled = samples.slice(Math.floor(samples.length / 3)).map(({ rss }) => rss / MB);
    console.log(`Offered: ${offered} MB in ${seconds} s (${(offered / seconds).toFixed(1)} MB/s)`);
    console.log(`Most beyond acknowledged and out: ${inMB(Math.max(...samples.map(beyond))).trim()} MB`);
    console.log(
      `RSS of the last two thirds: ${Math.min(...settled).toFixed(1)} to ${Math.max(...settled).toFixed(1)} MB, ` +
        `${(slopePerHour(settled, SAMPLE_MS) / 60).toFixed(2)} MB a minute`,
    );
  } finally {
    await nodeRed.stop();
    await simulator.stop();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
