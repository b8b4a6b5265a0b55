/** Keeps V8 from taking the messages of frames for objects that live long. */
import { setFlagsFromString } from 'node:v8';

/** By then V8 has compiled the code that makes messages, its own and Node-RED's, or has seen that they die young. */
const FIRST_FRAMES = 4_096;
/** So long at most, ms: slower frames do not come by the hundred between two collections. */
const MOST_MS = 60_000;

let frames = 0;
let endsAt = 0;

/**
 * To be called before each frame is sent. At the first collection after a piece of code has made a hundred objects, V8
 * decides for the life of the process where it makes all others: among the old ones, if the hundred have survived. That
 * is a guess which goes wrong here. While a full collection marks, which the start of Node-RED usually causes, whatever
 * is reachable for a moment survives, so that hundreds of messages do. From then on frames would only be freed by full
 * collections, some thirty for each gigabyte of them, and to read them would take twice the CPU time. So V8 makes no such
 * guess, about any code, while the first frames are sent: a few seconds, or a minute. Chunks
 * do not come by the hundred between two collections.
 */
export function beforeFrame(): void {
  if (frames > FIRST_FRAMES) {
    return;
  }
  if (frames === 0) {
    endsAt = performance.now() + MOST_MS;
    setFlagsFromString('--no-allocation-site-pretenuring');
  } else if (frames === FIRST_FRAMES || performance.now() > endsAt) {
    frames = FIRST_FRAMES;
    setFlagsFromString('--allocation-site-pretenuring');
  }
  frames += 1;
}
