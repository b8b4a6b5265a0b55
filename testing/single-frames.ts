/** The frames of chunks, one by one. */
import type { SingleFrame } from '../src/convert';
import { ChunkReader, type ChunkHead } from '../src/matroska';

/** The frames of chunks, as `kvs-get-media` sends them one by one. */
export function singleFrames(chunks: readonly Buffer[]): SingleFrame[] {
  const frames: SingleFrame[] = [];
  for (const chunk of chunks) {
    let head: ChunkHead | undefined;
    const nothing = (): void => undefined;
    const reader = new ChunkReader({
      head: (one: ChunkHead) => {
        head = one;
      },
      frame: (frame) => {
        const { FragmentNumber = '', ProducerTimestamp = 0 } = head ?? {};
        const { track, keyframe, timecodeMs } = frame;
        frames.push({
          ...{ track: structuredCloneOf(track), keyframe, time: ProducerTimestamp + timecodeMs },
          chunk: { FragmentNumber, ProducerTimestamp },
          data: Buffer.from(frame.data),
        });
      },
      chunk: nothing,
      truncated: nothing,
      malformed: nothing,
      tooLarge: nothing,
      inBandError: nothing,
    });
    reader.write(chunk);
    reader.end();
  }
  return frames;
}

/** As a message that was copied has it. */
function structuredCloneOf<Value extends { readonly codecPrivate?: Buffer }>(value: Value): Value {
  return { ...value, ...(value.codecPrivate && { codecPrivate: Buffer.from(value.codecPrivate) }) };
}
