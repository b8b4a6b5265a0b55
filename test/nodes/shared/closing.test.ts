import assert from 'node:assert/strict';
import { FleetNode } from '../../../nodes/kvs-fleet/fleet-node';
import type { FleetPort } from '../../../nodes/kvs-fleet/fleet-port';
import { GetMediaNode } from '../../../nodes/kvs-get-media/get-media-node';
import { Checkpoints } from '../../../nodes/shared/checkpoints/checkpoints';
import { english } from '../../../testing/texts';
import { VirtualClock } from '../../../testing/virtual-clock';

describe('a node that is being closed', () => {
  const quiet = (): void => undefined;
  const clock = new VirtualClock();
  const checkpoints = (): Checkpoints =>
    new Checkpoints('key', { get: quiet, set: quiet }, undefined, quiet, clock);

  /** A port that notes when it is flushed. */
  function notingPort(notes: string[]): FleetPort {
    return {
      ...{ takesMedia: () => true, media: quiet, frame: quiet, error: quiet, event: quiet, status: quiet },
      ...{ raise: quiet, warn: quiet, log: quiet, words: english },
      flush: () => {
        notes.push('flushed');
      },
    };
  }

  for (const [name, make] of [
    [
      'kvs-get-media',
      (port: FleetPort) => new GetMediaNode(port, { stream: 'demo' }, undefined, checkpoints, clock),
    ],
    [
      'kvs-fleet',
      (port: FleetPort) =>
        new FleetNode(port, { selectBy: 'message' }, undefined, 'member', checkpoints, clock),
    ],
  ] as const) {
    it(`sends what still waits, while the next node is there to take it: ${name}`, async () => {
      const notes: string[] = [];
      const closed = make(notingPort(notes)).close();
      assert.deepEqual(notes, ['flushed']);
      await closed;
    });
  }
});
