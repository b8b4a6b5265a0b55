import assert from 'node:assert/strict';
import { DeliveryQueue } from '../../src/session/delivery-queue';
import { VirtualClock } from '../../testing/virtual-clock';

describe('the way out to the flow', () => {
  for (const maxInFlight of [0, 2]) {
    it(`never sets the checkpoint back, though a message lets further ones out (${maxInFlight} in flight)`, () => {
      const sent: string[] = [];
      const checkpoints: string[] = [];
      const queue: DeliveryQueue = new DeliveryQueue(
        { maxInFlight, ackTimeoutMs: 1_000 },
        new VirtualClock(),
        {
          frame: () => undefined,
          late: () => undefined,
          chunk: ({ FragmentNumber }) => {
            sent.push(FragmentNumber);
            queue.acknowledge(FragmentNumber);
            queue.flush(() => true);
          },
          checkpoint: ({ FragmentNumber }) => {
            checkpoints.push(FragmentNumber);
          },
        },
      );
      for (const FragmentNumber of ['1', '2', '3']) {
        const chunk = {
          ...{
            offset: 0,
            tags: new Map<string, string[]>(),
            tracks: [],
            data: Buffer.alloc(0),
            sizeInBytes: 0,
          },
          ...{ hasCluster: true, frames: 0, videoFrames: 0, lengthMs: 0 },
        };
        const delivery = { FragmentNumber, RequestId: null, chunk };
        queue.offer({ kind: 'chunk', delivery, position: { FragmentNumber } }, false);
      }
      queue.flush(() => true);
      assert.deepEqual(sent, ['1', '2', '3']);
      assert.deepEqual(checkpoints, [...checkpoints].sort());
      assert.equal(checkpoints.at(-1), '3');
      queue.close();
    });
  }
});
