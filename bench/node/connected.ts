/** Waits until a fleet reads all streams of the media server. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Rig } from './harness';

const LOOK_MS = 250;
/** For a thousand streams; 20 a second are connected. */
const WITHIN_MS = 600_000;

/** Resolves when every stream of the server has been asked for media. */
export async function untilAllAreRead(
  rig: Pick<Rig, 'sender'>,
  cameras: number,
  silent: number,
): Promise<void> {
  const endsAt = performance.now() + WITHIN_MS;
  for (;;) {
    const sender = await rig.sender();
    if (sender.cameras >= cameras && sender.silent >= silent) {
      return;
    }
    if (performance.now() > endsAt) {
      throw new Error(`Only ${sender.cameras} cameras and ${sender.silent} silent streams are read.`);
    }
    await wait(LOOK_MS);
  }
}
