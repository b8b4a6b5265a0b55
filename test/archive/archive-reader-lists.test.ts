import assert from 'node:assert/strict';
import { ArchiveError } from '../../src/archive';
import { KinesisVideoError } from '../../src/kinesis-video';
import { ArchiveRig, FRAGMENT_MS, modelFragment, notFound, refusal } from '../../testing/model-archive';
import { ScriptedResponse } from '../../testing/scripted-service';
import { HOUR, NOW, all, assertAll, recorded, usualArchive } from './usual-archive';

describe('the chunks of a range by list', () => {
  let { fragments, model, read } = usualArchive();
  beforeEach(() => {
    ({ fragments, model, read } = usualArchive());
  });
  const begin = NOW - HOUR;

  it('come in order, each once, with the bytes that the service sent', async () => {
    const rig = await read(begin, NOW - HOUR / 2);
    assertAll(rig, fragments);
    for (const [index, { chunk }] of rig.chunks.entries()) {
      assert.ok(chunk.data.equals(fragments[index]?.bytes ?? Buffer.alloc(0)));
    }
    assert.equal(model.count('GetMedia'), 0);
  });

  it('begin with the one that contains the range’s begin, and end before the one that begins at its end', async () => {
    assertAll(await read(begin + 20_500, begin + 120_000), fragments.slice(10, 60));
    assertAll(await read(begin + 20_000, begin + 120_001), fragments.slice(10, 61));
  });

  it('begin with the one whose last frame is shown when the range begins', async () => {
    assertAll(await read(begin + 21_999, begin + 120_000), fragments.slice(10, 60));
  });

  it('leave out what has ended before the range', async () => {
    fragments.splice(11, 20);
    assertAll(await read(begin + 30_000, begin + 120_000), fragments.slice(11, 40));
  });

  it('are the same when the list comes in pages', async () => {
    model.pageSize = 7;
    assertAll(await read(begin, begin + 600_000), fragments);
    assert.ok(model.count('ListFragments') > 40);
  });

  it('are the same across windows', async () => {
    fragments.push(...recorded(2_000).slice(300));
    assertAll(await read(begin + 1, NOW - 61_000), fragments.slice(0, 1_770));
  });

  it('are ordered by time where some were uploaded late, also in a short range', async () => {
    const late = [5, 6, 7].map((index) => modelFragment(1_000 + index, begin + index * FRAGMENT_MS));
    const uploaded = [...fragments.slice(0, 5), ...fragments.slice(8)];
    fragments.splice(0, 300, ...uploaded, ...late);
    assertAll(await read(begin, begin + 40_000), [
      ...uploaded.slice(0, 5),
      ...late,
      ...uploaded.slice(5, 17),
    ]);
  });

  it('are asked for in batches of 100 at most, up to four at a time', async () => {
    await read(begin, begin + 600_000);
    const asked = model.calls.filter(({ operation }) => operation === 'GetMediaForFragmentList');
    assert.deepEqual(
      asked.map((call) => call.asked),
      [100, 100, 100],
    );
    assert.ok(model.mostOpen <= 4);
  });

  it('are asked for again where the service does not find them at first', async () => {
    model.faults.body = (asked, call) => ({
      bytes: Buffer.concat(
        asked.map((fragment, index) =>
          call < 9 && index % 3 === 0 ? notFound(fragment.FragmentNumber) : fragment.bytes,
        ),
      ),
    });
    assertAll(await read(begin, begin + 600_000), fragments);
  });

  it('are given up after 0.5, 1, 2 and 4 s where the service does not find them', async () => {
    const gone = fragments[5];
    model.faults.body = (asked) => ({
      bytes: Buffer.concat(asked.map((each) => (each === gone ? notFound(each.FragmentNumber) : each.bytes))),
    });
    const before = model.clock.monotonic();
    const rig = await read(begin, begin + 100_000);
    assert.deepEqual(rig.outcome, { chunks: 49, missing: [gone?.FragmentNumber] });
    assert.equal(model.count('GetMediaForFragmentList'), 5);
    assert.equal(model.clock.monotonic() - before, 7_500);
  });

  it('are asked for again from where a response broke', async () => {
    model.faults.body = (asked, call) => {
      const bytes = Buffer.concat(asked.map((fragment) => fragment.bytes));
      return call < 6
        ? { bytes: bytes.subarray(0, Math.floor(bytes.length / 2)), isBroken: true }
        : { bytes };
    };
    assertAll(await read(begin, begin + 600_000), fragments);
  });

  it('are put in order where the service sends them in another', async () => {
    model.faults.body = (asked) => ({
      bytes: Buffer.concat(asked.toReversed().map((fragment) => fragment.bytes)),
    });
    assertAll(await read(begin, begin + 600_000), fragments);
  });

  it('come once where the service sends them twice', async () => {
    model.faults.body = (asked) => ({
      bytes: Buffer.concat(asked.flatMap((fragment) => [fragment.bytes, fragment.bytes])),
    });
    assertAll(await read(begin, begin + 600_000), fragments);
  });

  it('are whole where a body ends early between two frames, of which nothing in the media tells', async () => {
    fragments.splice(0, 300, ...recorded(300, HOUR, true));
    model.faults.body = (asked, call) => {
      const bytes = Buffer.concat(asked.map((fragment) => fragment.bytes));
      const lastFrame = 13;
      return { bytes: call < 3 ? bytes.subarray(0, bytes.length - lastFrame) : bytes };
    };
    const rig = await read(begin, begin + 600_000);
    assertAll(rig, fragments);
    assert.ok(
      rig.chunks.every(({ chunk }, index) => chunk.data.equals(fragments[index]?.bytes ?? Buffer.alloc(0))),
    );
  });

  for (const count of [1, 3]) {
    it(`are whole wherever in its last 300 bytes the last of ${count} is cut`, async () => {
      // Of some producers lists say a length of 0.
      const listed = { FragmentLengthInMilliseconds: 0 };
      fragments.splice(0, 300, ...recorded(count, HOUR, true).map((each) => ({ ...each, ...listed })));
      const last = fragments.at(-1)?.bytes ?? Buffer.alloc(0);
      for (let lost = 1; lost <= Math.min(300, last.length); lost++) {
        for (const isBroken of [false, true]) {
          let responses = 0;
          model.faults.body = (asked) => {
            const bytes = Buffer.concat(asked.map((fragment) => fragment.bytes));
            return responses++ === 0 ? { bytes: bytes.subarray(0, -lost), isBroken } : { bytes };
          };
          const { chunks } = await read(begin, begin + 120_000);
          assert.deepEqual(
            chunks.map(({ chunk }) => chunk.data.length),
            fragments.map(({ bytes }) => bytes.length),
            `${lost} bytes lost`,
          );
        }
      }
    });
  }

  it('are taken as they are where every chunk has fewer bytes than its list says', async () => {
    fragments.splice(
      0,
      300,
      ...fragments.map((each) => ({ ...each, FragmentSizeInBytes: each.FragmentSizeInBytes + 100 })),
    );
    assertAll(await read(begin, begin + 600_000), fragments);
    assert.ok(model.count('GetMediaForFragmentList') < 9);
  });

  it('are all read where the service sends others among them', async () => {
    const others = Array.from({ length: 40 }, (_, index) => modelFragment(5_000 + index, begin));
    model.faults.body = (asked) => ({
      bytes: Buffer.concat([...asked, ...others].map(({ bytes }) => bytes)),
    });
    assertAll(await read(begin, begin + 120_000), fragments.slice(0, 60));
  });

  it('are given up, and the response closed, where it never ends and holds others alone', async () => {
    const other = modelFragment(5_000, begin).bytes;
    const responses: ScriptedResponse[] = [];
    model.getMediaForFragmentList = () => {
      const response = new ScriptedResponse('endless');
      responses.push(response);
      const push = (): void => {
        if (!response.closed) {
          response.push(other);
          setImmediate(push);
        }
      };
      push();
      return Promise.resolve(response);
    };
    const rig = await read(begin, begin + 20_000);
    assert.deepEqual(rig.outcome, { chunks: 0, missing: all(fragments.slice(0, 10)) });
    assert.equal(responses.length, 5);
    assert.ok(responses.every(({ closed }) => closed));
  });

  it('come in parts that fit into memory where they are much larger than their list says', async () => {
    const large = Array.from({ length: 20 }, (_, index) =>
      modelFragment(index + 1, begin + index * FRAGMENT_MS, false, 750_000),
    );
    fragments.splice(0, fragments.length, ...large.map((each) => ({ ...each, FragmentSizeInBytes: 1 })));
    let most = 0;
    model.faults.body = (asked) => {
      most = Math.max(most, asked.length);
      return { bytes: Buffer.concat(asked.map(({ bytes }) => bytes)) };
    };
    assertAll(await read(begin, begin + 40_000, { maxChunkBytes: 4_000_000 }), fragments);
    assert.equal(most, 20);
    assert.deepEqual(
      model.calls
        .filter(({ operation }) => operation === 'GetMediaForFragmentList')
        .map(({ asked }) => asked),
      [20, 14, 8, 2],
    );
  });

  const listed = modelFragment(1, begin);
  for (const [what, page] of [
    ['pages without end', (call: number) => ({ fragments: [], NextToken: String(call) })],
    [
      'fragments without end',
      (call: number) => ({
        fragments: Array.from({ length: 1_000 }, (_, index) => ({
          ...listed,
          FragmentNumber: String(call * 1_000 + index),
        })),
        NextToken: String(call),
      }),
    ],
  ] as const) {
    it(`fail where their list has ${what}`, async function () {
      this.timeout(60_000);
      let calls = 0;
      model.listFragments = () => Promise.resolve(page(calls++));
      const { outcome } = await read(begin, begin + 60_000);
      const error = outcome !== undefined && 'error' in outcome ? outcome.error : undefined;
      assert.ok(error instanceof ArchiveError);
      assert.deepEqual([error.report.ErrorType, error.report.operation], ['AnswerTooLarge', 'ListFragments']);
      assert.ok(calls <= 25, `${calls} calls`);
    });
  }

  it('come from another response where one sends a byte now and then', async () => {
    const answer = model.getMediaForFragmentList.bind(model);
    const slow = new ScriptedResponse('slow');
    const more = (): void => {
      if (!slow.closed) {
        slow.push(Buffer.from([0x1a]));
        model.clock.after(5_000, more);
      }
    };
    let calls = 0;
    model.getMediaForFragmentList = (stream, numbers) => {
      calls += 1;
      if (calls > 1) {
        return answer(stream, numbers);
      }
      more();
      return Promise.resolve(slow);
    };
    assertAll(await read(begin, begin + 20_000), fragments.slice(0, 10));
    assert.equal(slow.closed, true);
  });

  it('wait while calls are throttled', async () => {
    model.faults.refuse = (operation, call) =>
      call % 2 === 0 && call < 6 ? refusal('ClientLimitExceededException', operation) : undefined;
    assertAll(await read(begin, begin + 600_000), fragments);
  });

  it('ask for a new endpoint where it has moved', async () => {
    model.faults.refuse = (operation, call) =>
      call === 0 ? refusal('InvalidEndpointException', operation, 421) : undefined;
    assertAll(await read(begin, begin + 100_000), fragments.slice(0, 50));
    assert.ok(model.log.includes('forgetEndpoint'));
  });

  it('leave out the numbers that the service calls invalid, since retention has overtaken them', async () => {
    const gone = all(fragments.slice(0, 3));
    model.faults.refuse = (operation, call) =>
      operation === 'GetMediaForFragmentList' && call === 0
        ? new KinesisVideoError(`failed: "Fragment numbers are invalid : [${gone.join(', ')}]"`, {
            ...{ ErrorType: 'InvalidArgumentException', operation, statusCode: 400 },
          })
        : undefined;
    const rig = await read(begin, begin + 100_000);
    assert.deepEqual(rig.outcome, { chunks: 47, missing: gone });
  });

  it('stay within the points that a stream has', async () => {
    const before = model.clock.monotonic();
    await read(begin, begin + 600_000);
    assert.ok(model.clock.monotonic() - before >= 100, 'of 300 fragments 250 are free');
  });

  it('fail with the service’s own error where a retry does not help', async () => {
    model.faults.refuse = (operation) => refusal('ResourceNotFoundException', operation, 404);
    const { outcome } = await read(begin, begin + 600_000);
    assert.ok(outcome !== undefined && 'error' in outcome && outcome.error instanceof ArchiveError);
    const { ErrorType, operation, action } = outcome.error.report;
    assert.deepEqual(
      { ErrorType, operation, action },
      { ErrorType: 'ResourceNotFoundException', operation: 'ListFragments', action: 'ignore' },
    );
  });

  it('stop at once, and free every connection, when nobody wants them any more', async () => {
    const rig = new ArchiveRig(model, { from: begin, to: begin + 600_000, maxInFlight: 1 });
    while (rig.chunks.length === 0) {
      await model.clock.advance(10);
    }
    const reason = new Error('cancelled');
    rig.controller.abort(reason);
    await rig.finish();
    assert.deepEqual([rig.outcome, model.open, rig.chunks.length], [{ error: reason }, 0, 1]);
    assert.equal(model.clock.pending, 0);
  });

  it('are held back while too much is unacknowledged', async () => {
    const rig = new ArchiveRig(model, { from: begin, to: begin + 600_000, maxInFlight: 3 });
    await rig.finish(20_000);
    assert.deepEqual(rig.numbers, all(fragments.slice(0, 3)));
    assert.ok(model.count('GetMediaForFragmentList') <= 4);
    for (let acknowledged = 0; rig.outcome === undefined && acknowledged < rig.chunks.length;) {
      assert.ok(rig.run.acknowledge(rig.numbers[acknowledged++] ?? ''));
      await rig.finish(1_000);
    }
    assertAll(rig, fragments);
    assert.equal(rig.run.acknowledge('1'), false);
  });
});
