import assert from 'node:assert/strict';
import fc from 'fast-check';
import { UnacknowledgedChunks } from '../../src/session/unacknowledged-chunks';

const chunk = (inFlight: UnacknowledgedChunks, number: string, now = 0): void => {
  inFlight.sent(number, 0, now);
  inFlight.complete({ FragmentNumber: number });
};

describe('messages in flight', () => {
  it('moves the checkpoint to the first hole, in whatever order acknowledgements come', () => {
    const inFlight = new UnacknowledgedChunks();
    ['1', '2', '3', '4'].forEach((number) => {
      chunk(inFlight, number);
    });
    assert.equal(inFlight.acknowledge('3').checkpoint, undefined);
    assert.equal(inFlight.acknowledge('2').checkpoint, undefined);
    assert.deepEqual(inFlight.acknowledge('1').checkpoint, { FragmentNumber: '3' });
    assert.equal(inFlight.count, 1);
  });

  it('takes unknown and repeated acknowledgements without harm', () => {
    const inFlight = new UnacknowledgedChunks();
    chunk(inFlight, '1');
    assert.equal(inFlight.acknowledge('9').known, false);
    assert.equal(inFlight.acknowledge('1').known, true);
    assert.equal(inFlight.acknowledge('1').known, false);
    assert.equal(inFlight.count, 0);
  });

  it('counts a chunk as delivered when all its frames are and none is to come', () => {
    const inFlight = new UnacknowledgedChunks();
    inFlight.sent('1', 0, 0);
    inFlight.sent('1', 1, 0);
    assert.equal(inFlight.acknowledge('1', 0).checkpoint, undefined);
    assert.equal(inFlight.acknowledge('1', 1).checkpoint, undefined, 'the chunk is still arriving');
    assert.deepEqual(inFlight.complete({ FragmentNumber: '1' }), { FragmentNumber: '1' });
  });

  it('names a late message once', () => {
    const inFlight = new UnacknowledgedChunks();
    chunk(inFlight, '1', 0);
    chunk(inFlight, '2', 50);
    assert.deepEqual(inFlight.late(0, 60), [{ FragmentNumber: '1', waitedMs: 60 }]);
    assert.deepEqual(inFlight.late(0, 60), []);
    assert.equal(inFlight.oldestUnreported(), 50);
  });

  it('ends with nothing out and the checkpoint at the last chunk, whatever the order', () => {
    const orders = fc.integer({ min: 1, max: 40 }).chain((n) =>
      fc.shuffledSubarray(
        Array.from({ length: n }, (_, i) => String(i + 1)),
        { minLength: n, maxLength: n },
      ),
    );
    fc.assert(
      fc.property(orders, (order) => {
        const inFlight = new UnacknowledgedChunks();
        for (let i = 1; i <= order.length; i++) {
          chunk(inFlight, String(i));
        }
        const acknowledged = new Set<string>();
        let checkpoint = 0;
        for (const number of order) {
          acknowledged.add(number);
          const moved = inFlight.acknowledge(number).checkpoint;
          checkpoint = moved === undefined ? checkpoint : Number(moved.FragmentNumber);
          let expected = 0;
          while (acknowledged.has(String(expected + 1))) {
            expected += 1;
          }
          assert.equal(checkpoint, expected);
        }
        assert.equal(inFlight.count, 0);
      }),
    );
  });
});
