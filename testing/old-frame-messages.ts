/**
 * Sends frames to a flow while a full collection comes at a bad moment, and prints how many bytes of old objects the
 * messages after that have made. A program of its own, since what V8 decides holds for its process.
 */
import { getHeapSpaceStatistics } from 'node:v8';
import { MediaOutput } from '../nodes/shared/media-output';
import { Frame } from '../src/matroska';
import { undeclaredTrack } from '../src/matroska/tracks';
import { collectGarbage } from './collect-garbage';

const FIRST = 400;
const LATER = 50_000;

const head = { FragmentNumber: '1', offset: 0, tags: new Map<string, string[]>(), tracks: [] };
const track = undeclaredTrack(1);
const bytes = Buffer.alloc(8);
let taken: object[] = [];
let keeps = true;
const output = new MediaOutput({
  takesMedia: () => true,
  media: () => undefined,
  frame: (msg) => {
    if (keeps) {
      taken.push(msg);
    }
  },
});

function send(count: number): void {
  for (let index = 0; index < count; index++) {
    const frame = new Frame(track, index, 0, true, false, bytes, 0, bytes.length);
    output.frame(
      { StreamName: 'door' },
      { kind: 'frame', frame, head, FragmentNumber: '1', RequestId: null },
    );
  }
}

function oldBytes(): number {
  return getHeapSpaceStatistics().find((space) => space.space_name === 'old_space')?.space_used_size ?? NaN;
}

async function main(): Promise<void> {
  send(FIRST);
  await collectGarbage();
  [keeps, taken] = [false, []];
  send(LATER);
  await collectGarbage();
  const before = oldBytes();
  send(LATER);
  process.stdout.write(`${oldBytes() - before}\n`);
}

void main();
