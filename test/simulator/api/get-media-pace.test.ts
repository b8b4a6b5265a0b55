import assert from 'node:assert/strict';
import { once } from 'node:events';
import { FIRST, pushUrl, withCamera } from '../ingest/putting';
import { block, cluster, header } from '../matroska';
import { TestProducer } from '../producer';

describe('simulator: the pace of GetMedia', () => {
  it('sends a second’s worth at once and the rest at the rate of the service', async () => {
    await withCamera(
      async (rig) => {
        const producer = new TestProducer(pushUrl(rig));
        await producer.finish(
          Buffer.concat([
            header(),
            cluster(
              0,
              Array.from({ length: 30 }, (_, index) =>
                block(1, index * 40, index === 0, Buffer.alloc(10_000)),
              ),
            ),
          ]),
        );
        const body = await rig.open('camera', FIRST);
        let length = 0;
        body.on('data', (part: Buffer) => (length += part.length));
        const ended = once(body, 'end');
        for (let turn = 0; turn < 100; turn++) {
          await new Promise((resolve) => setImmediate(resolve));
        }
        assert.ok(length < 200_000, `${length} bytes came at once`);
        for (let seconds = 0; seconds < 8; seconds++) {
          await rig.clock.advance(1000);
        }
        await ended;
        assert.ok(length > 300_000);
      },
      { getMediaBytesPerSecond: 100_000 },
    );
  });
});
