import assert from 'node:assert/strict';
import { ArchiveError } from '../../src/archive';
import { notRetained, refusal } from '../../testing/model-archive';
import { HOUR, NOW, all, recorded, usualArchive } from './usual-archive';

describe('the chunks of a range that is not all stored', () => {
  let { fragments, model, read } = usualArchive();
  beforeEach(() => {
    ({ fragments, model, read } = usualArchive());
  });
  const begin = NOW - HOUR;

  describe('beyond retention', () => {
    const closed = [
      () => notRetained(NOW),
      () => refusal('NoDataRetentionException', 'ListFragments'),
    ] as const;
    for (const [index, error] of closed.entries()) {
      it(`are the last five minutes where the stream retains nothing (${index + 1})`, async () => {
        fragments.splice(0, 300, ...recorded(150, 300_000));
        model.faults.refuse = (operation) => (operation === 'ListFragments' ? error() : undefined);
        const from = NOW - 2 * HOUR;
        const rig = await read(from, NOW - 30_000);
        assert.deepEqual(rig.numbers, all(fragments.slice(0, 135)));
        assert.deepEqual(rig.outcome, {
          ...{ chunks: 135, missing: [] },
          notRetained: { from, to: NOW - 300_000 },
        });
      });
    }

    it('begin with the oldest that the stream retains', async () => {
      fragments.splice(0, 300, ...recorded(1_700, HOUR));
      model.faults.refuse = (_operation, _call, request) =>
        request !== undefined && 'to' in request && request.to < NOW - HOUR
          ? notRetained(request.to)
          : undefined;
      const from = NOW - 3 * HOUR - 1;
      const rig = await read(from, NOW - 600_000);
      assert.deepEqual(rig.numbers, all(fragments.slice(0, 1_500)));
      const begun = { from, to: begin };
      assert.deepEqual(rig.outcome, { chunks: 1_500, missing: [], notRetained: begun });
    });

    it('fail with the service’s error where the stream retains nothing of the range', async () => {
      model.faults.refuse = (operation) =>
        operation === 'ListFragments' ? notRetained(NOW - HOUR) : undefined;
      const { outcome } = await read(NOW - 3 * HOUR, NOW - HOUR);
      assert.ok(outcome !== undefined && 'error' in outcome && outcome.error instanceof ArchiveError);
      assert.match(outcome.error.message, /outside of the stream retention period/);
      assert.equal(model.count('GetMedia'), 0);
    });
  });

  it('are none where nothing is stored', async () => {
    assert.deepEqual((await read(begin - HOUR, begin - HOUR / 2)).outcome, { chunks: 0, missing: [] });
    assert.deepEqual((await read(begin - HOUR, begin - HOUR + 9_000)).outcome, { chunks: 0, missing: [] });
  });
});
