/**
 * One measurement in a Node-RED process of its own.
 *
 * node --import tsx bench/node/task.ts '{"what":"streams","count":10,"emit":"chunk","seconds":20}'
 */
import { inputFile } from '../reader/inputs';
import { mediaFlow, startRig, type Rig } from './harness';
import type { Measured, Sending } from './measured';

/** `small-frames`: frames as fast as they go, and empty sends for comparison. `streams`: cameras in real time. */
export type NodeTask =
  | { readonly what: 'small-frames'; readonly repeats: number; readonly nodeOptions?: string }
  | {
      readonly what: 'streams';
      /** None: what Node-RED itself costs. */
      readonly count: number;
      readonly emit: 'chunk' | 'frame';
      readonly seconds: number;
      /** Node-RED on one core. */
      readonly pinned: boolean;
    };

export interface SmallFramesResult {
  /** In pairs, one after the other. */
  readonly frames: readonly Sending[];
  readonly empty: readonly Sending[];
}

export type StreamsResult = Measured;

const SMALL_FRAMES = 180_000;
/** Until every camera has begun, and what is only done once is done. */
const SETTLE_MS = 6_000;

async function smallFrames({
  repeats,
  nodeOptions,
}: Extract<NodeTask, { what: 'small-frames' }>): Promise<SmallFramesResult> {
  const rig = await startRig({
    file: inputFile('small'),
    ...(nodeOptions === undefined ? {} : { nodeOptions }),
  });
  try {
    const place = { z: 'tab', x: 1, y: 1 };
    await rig.deploy([
      ...mediaFlow(rig.endpoint, 'count', [
        { stream: 'file', emit: 'frame', autoStart: false, resume: false },
      ]),
      { id: 'to-media', type: 'bench-source', ...place, to: 'media', wires: [['media-0']] },
      // With two outputs, like the media node: Node-RED has a shorter way for nodes with one.
      { id: 'to-sink', type: 'bench-source', ...place, to: 'sink', wires: [['sink'], []] },
    ]);
    const frames: Sending[] = [];
    const empty: Sending[] = [];
    for (let i = -1; i < repeats; i++) {
      const [ofEmpty, ofFrames] = [await send(rig, 'empty'), await send(rig, 'frames')];
      // The first pair warms up.
      if (i >= 0) {
        empty.push(ofEmpty);
        frames.push(ofFrames);
      }
    }
    return { frames, empty };
  } finally {
    await rig.stop();
  }
}

async function send(rig: Rig, what: 'empty' | 'frames'): Promise<Sending> {
  return (await rig.ask(`/bench/${what}?messages=${SMALL_FRAMES}`)) as Sending;
}

async function streams({
  count,
  emit,
  seconds,
  pinned,
}: Extract<NodeTask, { what: 'streams' }>): Promise<StreamsResult> {
  const rig = await startRig({ pinned });
  try {
    const media = Array.from({ length: count }, (_, i) => ({ stream: `camera-${i}`, emit }));
    await rig.deploy(mediaFlow(rig.endpoint, emit, media));
    await wait(SETTLE_MS);
    await rig.ask('/bench/begin');
    await wait(seconds * 1_000);
    return (await rig.ask('/bench/end')) as Measured;
  } finally {
    await rig.stop();
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const task = JSON.parse(process.argv[2] ?? '{}') as NodeTask;
(task.what === 'streams' ? streams(task) : smallFrames(task)).then(
  (result) => {
    console.log(JSON.stringify(result));
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
