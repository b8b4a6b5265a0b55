/** The suite `small-frames`: messages a second in frame mode, beside empty messages. */
import { median } from '../statistics';
import { atMost, ratios, short, spread, type Suite } from '../suite';
import type { Spent } from './measured';
import type { NodeTask, SmallFramesResult } from './task';

const TARGET_RATIO = 1.4;
/** Several seconds of each: V8 is still compiling in the first ones, and a flow runs for months. */
const MESSAGES = 1_000_000;

/** Frame mode on one wire, beside sends of nothing in the same process. */
export const smallFrames: Suite = {
  name: 'small-frames',

  tasks(quick) {
    const argument: NodeTask = { what: 'small-frames', repeats: quick ? 1 : 3, messages: MESSAGES };
    return [{ id: 'small-frames', script: 'node/task.ts', argument }];
  },

  report(results) {
    const rounds = (results.get('small-frames') ?? []) as readonly SmallFramesResult[];
    const [frames, empty] = [
      rounds.map((round) => cost(round.frames)),
      rounds.map((round) => cost(round.empty)),
    ];
    const times = ratios(cpu(frames), cpu(empty));
    const [perSecond, ratio] = [median(rate(frames)), median(times)];
    return {
      tables: [
        {
          title: 'Small frames over TLS to the next node, one wire',
          columns: ['', 'messages/s', 'CPU µs a message', '× empty send'],
          rows: [
            ['**frame mode**', spread(rate(frames)), spread(cpu(frames)), spread(times)],
            ['empty send, `node.send({})`', spread(rate(empty)), spread(cpu(empty)), '1'],
          ],
        },
      ],
      checks: [atMost('small frames on one wire: times the CPU of an empty send', ratio, TARGET_RATIO)],
      highlights: [
        {
          what: 'TLS to the next node, telephone audio, frame mode',
          measured: `${Math.round(perSecond / 1_000)} 000 messages/s`,
          beside: `${short(ratio)} × the CPU of Node-RED's own \`send({})\``,
        },
      ],
    };
  },
};

interface Cost {
  /** µs a message. */
  readonly wall: number;
  readonly cpu: number;
}

function cost(sendings: readonly Spent[]): Cost {
  return {
    wall: median(sendings.map(({ wallSeconds, count }) => (wallSeconds * 1e6) / count)),
    cpu: median(sendings.map(({ cpuSeconds, count }) => (cpuSeconds * 1e6) / count)),
  };
}

function cpu(costs: readonly Cost[]): number[] {
  return costs.map((each) => each.cpu);
}

function rate(costs: readonly Cost[]): number[] {
  return costs.map(({ wall }) => 1e6 / wall);
}
