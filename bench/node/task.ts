/**
 * One measurement in a Node-RED process of its own.
 *
 * node build/bench/node-task.js '{"what":"streams","count":10,"emit":"chunk","seconds":20}'
 */
import type { MediaTransport } from '../../src/kinesis-video';
import { inputFile } from '../reader/input-file';
import type { BareReader } from './bare-readers';
import { readByCurl } from './curl';
import { mediaFlow, startRig, type Rig } from './harness';
import type { Measured, Spent } from './measured';

/**
 * `path`: 1080p video as fast as it goes, through the media node, or read in another way and thrown away.
 * `small-frames`: small frames as fast as they go, and empty sends for comparison.
 * `streams`: cameras in real time, Node-RED on one core.
 */
export type NodeTask =
  | {
      readonly what: 'path';
      readonly reader: PathReader;
      /** The product's default where absent. */
      readonly transport?: MediaTransport;
      /** After the warm-up. */
      readonly bytes: number;
    }
  | { readonly what: 'small-frames'; readonly repeats: number; readonly messages: number }
  | {
      readonly what: 'streams';
      readonly count: number;
      readonly emit: 'chunk' | 'frame';
      readonly seconds: number;
    };

/** The media node in one of its modes, or another reader beside it. */
export type PathReader = 'chunk' | 'frame' | 'curl' | BareReader;

/** In pairs, one after the other. */
export interface SmallFramesResult {
  readonly frames: readonly Spent[];
  readonly empty: readonly Spent[];
}

/** Two thousand chunks: a flow reads for months, so what V8 spends on compiling is no part of what a byte costs. */
const WARM_UP_BYTES = 4e9;
/** Until every camera has begun, and what is only done once is done. */
const SETTLE_MS = 4_000;
/** To be started by the source. */
const FILE = { stream: 'file', autoStart: false, resume: false };

async function path(rig: Rig, { reader, bytes }: Extract<NodeTask, { what: 'path' }>): Promise<Spent> {
  const range = { warmUp: WARM_UP_BYTES, count: bytes };
  const { endpoint, cert } = rig;
  if (reader === 'curl') {
    return readByCurl(endpoint, cert, 'file');
  }
  const isMedia = reader === 'chunk' || reader === 'frame';
  await rig.deploy(mediaFlow(rig.endpoint, 'bytes', [{ ...FILE, ...(isMedia && { emit: reader }) }]));
  if (!isMedia) {
    const source = { endpoint, stream: FILE.stream, file: inputFile('video') };
    return (await rig.ask('discard', { ...range, by: reader, ...source })) as Spent;
  }
  return (await rig.ask('receive', range)) as Spent;
}

async function smallFrames(
  rig: Rig,
  { repeats, messages }: Extract<NodeTask, { what: 'small-frames' }>,
): Promise<SmallFramesResult> {
  await rig.deploy(mediaFlow(rig.endpoint, 'messages', [{ ...FILE, emit: 'frame' }]));
  const [frames, empty]: [Spent[], Spent[]] = [[], []];
  for (let i = 0; i < repeats; i++) {
    const range = { warmUp: i === 0 ? messages : messages / 10, count: messages };
    empty.push((await rig.ask('empty', range)) as Spent);
    frames.push((await rig.ask('receive', range)) as Spent);
  }
  return { frames, empty };
}

async function streams(
  rig: Rig,
  { count, emit, seconds }: Extract<NodeTask, { what: 'streams' }>,
): Promise<Measured> {
  const media = Array.from({ length: count }, (_, i) => ({ stream: `camera-${i}`, emit }));
  await rig.deploy(mediaFlow(rig.endpoint, `${emit}-latency`, media));
  await wait(SETTLE_MS);
  await rig.sender();
  await rig.ask('begin');
  await wait(seconds * 1_000);
  const measured = (await rig.ask('end')) as Measured;
  return { ...measured, sender: await rig.sender() };
}

async function run(task: NodeTask): Promise<unknown> {
  const file = { path: inputFile('video'), 'small-frames': inputFile('small'), streams: undefined }[
    task.what
  ];
  const rig = await startRig({
    ...(file === undefined ? { pinned: true } : { server: { file } }),
    ...('transport' in task && { transport: task.transport }),
  });
  try {
    switch (task.what) {
      case 'path':
        return await path(rig, task);
      case 'small-frames':
        return await smallFrames(rig, task);
      case 'streams':
        return await streams(rig, task);
    }
  } finally {
    await rig.stop();
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

run(JSON.parse(process.argv[2] ?? '{}') as NodeTask).then(
  (result) => {
    console.log(JSON.stringify(result));
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
