import assert from 'node:assert/strict';
import { ArchiveError } from '../../src/archive';
import { ArchiveRig, FRAGMENT_MS, modelFragment, refusal } from '../../testing/model-archive';
import { HOUR, NOW, assertAll, recorded, usualArchive } from './usual-archive';

describe('the chunks of a range from lists and sessions', () => {
  let { fragments, model, read } = usualArchive();
  beforeEach(() => {
    ({ fragments, model, read } = usualArchive());
  });
  const begin = NOW - HOUR;

  describe('by session', () => {
    const shortly = NOW - 240_000;

    beforeEach(() => {
      fragments.splice(0, 300, ...recorded(130, 260_000));
    });
    const shown = (from: number, to: number) =>
      fragments.filter(
        ({ ProducerTimestamp: at }) => at < to && at + FRAGMENT_MS > from && at + FRAGMENT_MS <= NOW + HOUR,
      );

    it('come from GetMedia where the range is of the last minute', async () => {
      assertAll(await read(NOW - 59_300, NOW - 5_000), shown(NOW - 59_300, NOW - 5_000));
      assert.equal(model.count('ListFragments'), 0);
    });

    it('come from a list where the range is older, in order also if some were uploaded late', async () => {
      const expected = shown(shortly + 700, shortly + 90_000);
      fragments.push(...fragments.splice(20, 5));
      assertAll(await read(shortly + 700, shortly + 90_000), expected);
      assert.equal(model.count('GetMedia'), 0);
    });

    it('are waited for where a camera’s media arrive more than a minute late', async () => {
      const arrived = fragments.slice(0, 60);
      const late = fragments.slice(60);
      fragments.splice(60);
      const rig = new ArchiveRig(model, { from: shortly + 20_500, to: shortly + 150_000 });
      await rig.finish(5_000);
      assert.equal(rig.outcome, undefined);
      fragments.push(...late);
      await rig.finish();
      assertAll(
        rig,
        [...arrived, ...late].filter(
          ({ ProducerTimestamp: at }) => at < shortly + 150_000 && at + FRAGMENT_MS > shortly + 20_500,
        ),
      );
    });

    it('come from GetMedia where the range is a few minutes old and nothing is retained', async () => {
      model.faults.refuse = (operation) =>
        operation === 'ListFragments' ? refusal('NoDataRetentionException', operation) : undefined;
      fragments.splice(0, 10);
      const rig = await read(shortly, shortly + 90_000);
      assertAll(rig, shown(shortly, shortly + 90_000));
    });

    it('wait for what is yet to come', async () => {
      fragments.push(
        ...Array.from({ length: 40 }, (_, index) => modelFragment(200 + index, NOW + index * FRAGMENT_MS)),
      );
      const rig = await read(NOW - 10_000, NOW + 60_000);
      assertAll(rig, shown(NOW - 10_000, NOW + 60_000));
    });

    it('end where the stream does, some time after the range is over', async () => {
      const rig = await read(NOW - 10_000, NOW + 20_000);
      assertAll(rig, shown(NOW - 10_000, NOW));
      assert.ok(model.clock.now() > NOW + 30_000);
    });

    it('come from a list where all connections of the stream are taken', async () => {
      model.faults.refuse = (operation) =>
        operation === 'GetMedia' ? refusal('ConnectionLimitExceededException', operation) : undefined;
      assertAll(await read(shortly, shortly + 90_000), shown(shortly, shortly + 90_000));
    });

    it('come by a session soon where lists find all their connections taken', async () => {
      fragments.splice(0, 130, ...recorded(300));
      model.faults.refuse = (operation) =>
        operation === 'GetMediaForFragmentList'
          ? refusal('ConnectionLimitExceededException', operation)
          : undefined;
      assertAll(await read(begin, begin + 300_000), fragments.slice(0, 150));
      // Two batches, three times each at most.
      assert.ok(model.count('GetMediaForFragmentList') <= 6);
    });

    it('come by list once it has a connection, where sessions have none either', async () => {
      fragments.splice(0, 130, ...recorded(300));
      let left = 5;
      model.faults.refuse = (operation) =>
        operation === 'GetMedia' || (operation === 'GetMediaForFragmentList' && left-- > 0)
          ? refusal('ConnectionLimitExceededException', operation)
          : undefined;
      assertAll(await read(begin, begin + 300_000), fragments.slice(0, 150));
    });

    it('fail with that limit where the stream stores nothing', async () => {
      model.faults.refuse = (operation) =>
        refusal(
          operation === 'GetMedia' ? 'ConnectionLimitExceededException' : 'NoDataRetentionException',
          operation,
        );
      const { outcome } = await read(shortly, shortly + 90_000);
      assert.ok(outcome !== undefined && 'error' in outcome && outcome.error instanceof ArchiveError);
      assert.equal(outcome.error.report.ErrorType, 'ConnectionLimitExceededException');
    });

    it('are held back while too much is unacknowledged', async () => {
      const rig = new ArchiveRig(model, { from: shortly, to: shortly + 60_000, maxInFlight: 2 });
      await rig.finish(600_000);
      assert.equal(rig.chunks.length, 2);
      for (let acknowledged = 0; rig.outcome === undefined && acknowledged < rig.chunks.length;) {
        rig.run.acknowledge(rig.numbers[acknowledged++] ?? '');
        await rig.finish(10_000);
      }
      assertAll(rig, shown(shortly, shortly + 60_000));
    });
  });

  describe('one way, then the other', () => {
    it('come by list up to the live edge, and by a session from there', async () => {
      fragments.splice(0, 300, ...recorded(300, 600_000));
      fragments.push(
        ...Array.from({ length: 40 }, (_, index) => modelFragment(400 + index, NOW + index * FRAGMENT_MS)),
      );
      const rig = await read(NOW - 500_000, NOW + 20_000);
      assertAll(rig, fragments.slice(50, 310));
      assert.ok(model.count('ListFragments') > 0 && model.count('GetMedia') > 0);
    });

    it('come by a session where listing is not allowed', async () => {
      model.faults.refuse = (operation) =>
        operation === 'ListFragments' ? refusal('AccessDeniedException', operation, 403) : undefined;
      assertAll(await read(begin, begin + 600_000), fragments);
    });
  });
});
