/** A day of time lapse: a kvs-convert that makes a picture every ten minutes. */
import { ConvertNode } from '../../nodes/kvs-convert/convert-node';
import { english } from '../../testing/texts';
import { VirtualClock } from '../../testing/virtual-clock';
import { residentMB } from '../memory';
import type { DayMemory, DayResult } from './measurement';

const PICTURE_SECONDS = 600;
const HOUR_MS = 3_600_000;
const TIME_TAG = Buffer.from('AWS_KINESISVIDEO_PRODUCER_TIMESTAMP');
/** Seconds since the epoch, with ms. */
const TIME = /\d{10}\.\d{3}/g;
const quiet = (): void => undefined;

/** @param chunks of a camera, in sequence; they are sent again and again, each for `chunkMs` */
export async function dayOfTimeLapse(
  chunks: readonly Buffer[],
  chunkMs: number,
  anyFrame: boolean,
  hours: number,
): Promise<DayResult> {
  const clock = new VirtualClock();
  const node = new ConvertNode(
    { status: quiet, warn: quiet, log: quiet, words: english, clone: (msg) => structuredClone(msg) },
    { to: 'jpeg', anyFrame, intervalSeconds: PICTURE_SECONDS, tracks: 'video' },
    { clock },
  );
  let pictures = 0;
  const begin = clock.now();
  const memory: DayMemory[] = [];
  const perHour = Math.round(HOUR_MS / chunkMs);
  for (let i = 0; i < hours * perHour; i++) {
    const payload = timed(chunks[i % chunks.length] ?? Buffer.alloc(0), begin + i * chunkMs);
    const msg = { topic: 'door', payload, kvs: { StreamName: 'door', sequence: i } };
    await node.handle(msg, ([media, errors]) => {
      pictures += media?.length ?? 0;
      if (errors?.[0] !== undefined) {
        throw new Error(JSON.stringify(errors[0].payload));
      }
    });
    await clock.advance(chunkMs);
    // The first hour is what a process needs to get going.
    if ((i + 1) % perHour === 0) {
      memory.push(memoryNow());
    }
  }
  node.close();
  return { pictures, memory };
}

/** A copy of a chunk, that begins at another time. */
function timed(chunk: Buffer, at: number): Buffer {
  const copy = Buffer.from(chunk);
  for (let from = copy.indexOf(TIME_TAG); from >= 0; from = copy.indexOf(TIME_TAG, from + 1)) {
    TIME.lastIndex = 0;
    const found = TIME.exec(copy.toString('latin1', from, from + TIME_TAG.length + 32));
    if (found !== null) {
      copy.write((at / 1_000).toFixed(3), from + found.index, 'latin1');
    }
  }
  return copy;
}

function memoryNow(): DayMemory {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heapMB: (heapUsed + arrayBuffers) / 2 ** 20, residentMB: residentMB(process.pid) };
}
