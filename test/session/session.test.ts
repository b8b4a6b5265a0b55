import assert from 'node:assert/strict';
import fc from 'fast-check';
import { KinesisVideoError } from '../../src/kinesis-video';
import type { SessionOptions } from '../../src/session';
import { tags } from '../../testing/matroska-writer';
import { english } from '../../testing/texts';
import { selected, type HeldChunk } from '../../testing/scripted-service';
import { SessionRig, makeChunks } from '../../testing/session-rig';

const CHUNKS = makeChunks(6);
const NUMBERS = CHUNKS.map(({ FragmentNumber }) => FragmentNumber);
const bytesOf = (chunks: readonly HeldChunk[]): Buffer => Buffer.concat(chunks.map(({ bytes }) => bytes));
const after = (n: number): unknown => ({
  StartSelectorType: 'CONTINUATION_TOKEN',
  ContinuationToken: NUMBERS[n],
});

function refusal(
  ErrorType: string,
  statusCode: number,
  more: { serverTime?: number } = {},
): KinesisVideoError {
  return new KinesisVideoError('GetMedia of stream "demo" was refused.', {
    ErrorType,
    RequestId: 'request-9',
    statusCode,
    operation: 'GetMedia',
    ...more,
  });
}

describe('a session', () => {
  let rig: SessionRig;

  async function started(options: Partial<SessionOptions> = {}): Promise<SessionRig> {
    rig = new SessionRig(options);
    await rig.start();
    return rig;
  }

  afterEach(() => {
    rig.session.stop();
    assert.equal(rig.clock.pending, 0, 'no timer outlives the session');
  });

  describe('reading', () => {
    it('sends a chunk with a tag that is too large, and reports the tag once', async () => {
      const { service } = await started();
      const long = tags(['plan', 'v'.repeat(300 * 1024)]);
      const response = service.last.open();
      for (const { bytes } of CHUNKS.slice(0, 2)) {
        const at = bytes.indexOf(Buffer.from('1254c367', 'hex'));
        response.push(Buffer.concat([bytes.subarray(0, at), long, bytes.subarray(at)]));
      }
      await rig.settle();
      assert.deepEqual(rig.numbers, NUMBERS.slice(0, 2));
      assert.deepEqual(
        rig.errors.map(({ ErrorType, action }) => [ErrorType, action]),
        [['TagTooLarge', 'ignore']],
      );
      assert.match(rig.errors[0]?.message ?? '', /"plan" \(307204 bytes\)/);
    });

    it('names the first of many tags that are too large, as text that a terminal can show', async () => {
      const { service } = await started();
      const value = 'v'.repeat(300 * 1024);
      const many = Array.from({ length: 13 }, (_, i) => tags([`\u001b[2Jplan${i}`, value]));
      const bytes = CHUNKS[0]?.bytes ?? assert.fail();
      const at = bytes.indexOf(Buffer.from('1254c367', 'hex'));
      service.last.open().push(Buffer.concat([bytes.subarray(0, at), ...many, bytes.subarray(at)]));
      await rig.settle();
      const { message = '' } = rig.errors[0] ?? {};
      assert.match(message, /"\\u001b\[2Jplan9" \(\d+ bytes\), 3 more/);
      assert.doesNotMatch(message, /plan10/);
    });

    it('sends each chunk as its closing tags arrive, and moves the checkpoint', async () => {
      const { service, numbers } = await started();
      const response = service.last.open();
      await rig.settle();
      const [first, second] = CHUNKS;
      assert.ok(first !== undefined && second !== undefined);
      response.push(first.bytes.subarray(0, -1));
      assert.deepEqual(rig.numbers, numbers);
      response.push(first.bytes.subarray(-1));
      assert.deepEqual(rig.numbers, NUMBERS.slice(0, 1));
      assert.deepEqual(rig.checkpoints, [
        {
          FragmentNumber: first.FragmentNumber,
          ContinuationToken: first.FragmentNumber,
          ServerTimestamp: first.ServerTimestamp,
        },
      ]);
      assert.ok(rig.chunks[0]?.data.equals(first.bytes));
    });

    it('drops what it has had', async () => {
      const { service } = await started();
      const response = service.last.open();
      await rig.settle();
      response.push(bytesOf([...CHUNKS.slice(0, 2), ...CHUNKS.slice(0, 3)]));
      assert.deepEqual(rig.numbers, NUMBERS.slice(0, 3));
    });

    it('continues after a given position', async () => {
      const FragmentNumber = NUMBERS[1] ?? '';
      const { service } = await started({ position: { FragmentNumber, ContinuationToken: FragmentNumber } });
      assert.deepEqual(service.last.selector, after(1));
    });

    it('takes no chunk without a cluster for media', async () => {
      const { service } = await started();
      const response = service.last.open();
      await rig.settle();
      const [first] = CHUNKS;
      assert.ok(first !== undefined);
      const cluster = first.bytes.indexOf(Buffer.from('1f43b675', 'hex'));
      response.push(Buffer.concat([first.bytes.subarray(0, cluster), bytesOf(CHUNKS.slice(1, 2))]));
      assert.deepEqual(rig.numbers, NUMBERS.slice(1, 2));
      assert.deepEqual(rig.errors, []);
    });
  });

  describe('when a response ends', () => {
    it('asks again at once after the last whole chunk where media was flowing', async () => {
      const { service, clock } = await started();
      const response = service.last.open();
      await rig.settle();
      response.push(bytesOf(CHUNKS.slice(0, 2)));
      response.end();
      await rig.settle();
      assert.equal(service.calls.length, 2);
      assert.deepEqual(service.last.selector, after(1));
      assert.equal(response.closed, true);
      assert.equal(clock.pending, 0);
      assert.deepEqual(rig.errors, []);
    });

    it('asks an idle stream after growing waits, and at once again when media has come', async () => {
      const { service, clock } = await started();
      const waits: (number | undefined)[] = [];
      for (let i = 0; i < 6; i++) {
        const response = service.last.open();
        await rig.settle();
        response.end();
        waits.push(clock.nextInMs);
        await clock.advance(clock.nextInMs ?? 0);
        await rig.settle();
      }
      assert.deepEqual(waits, [1_500, 3_000, 6_000, 7_500, 7_500, 7_500]);
      const response = service.last.open();
      await rig.settle();
      response.push(bytesOf(CHUNKS.slice(0, 1)));
      response.end();
      await rig.settle();
      assert.equal(service.calls.length, 8);
      assert.deepEqual(rig.errors, []);
    });

    it('says so where the connection broke, and asks again after a jittered wait', async () => {
      const { service, clock } = await started();
      clock.chance = 0.999999;
      const response = service.last.open();
      await rig.settle();
      response.push(bytesOf(CHUNKS.slice(0, 1)));
      response.breakOff();
      const [error] = rig.errors;
      assert.deepEqual(
        { ...error, message: '', statements: [] },
        {
          ErrorType: 'NetworkError',
          RequestId: 'request-1',
          message: '',
          ...{ statements: [], errorClass: 'transient', needsPerson: false },
          operation: 'GetMedia',
          statusCode: null,
          code: 'ECONNRESET',
          retryable: true,
          action: 'retry',
          retryInMs: 500,
          attempt: 1,
        },
      );
      await clock.advance(500);
      await rig.settle();
      assert.deepEqual(service.last.selector, after(0));
    });

    it('never makes more than five calls in a second', async () => {
      const { service, clock } = await started();
      const times: number[] = [];
      for (let i = 0; i < 6; i++) {
        times.push(clock.now());
        const response = service.last.open();
        await rig.settle();
        response.push(bytesOf(CHUNKS.slice(i, i + 1)));
        response.end();
        await rig.settle();
        await clock.advance(clock.nextInMs ?? 0);
        await rig.settle();
      }
      const [first = 0, , , , , sixth = 0] = times;
      assert.ok(sixth - first >= 1_000, `${sixth - first}`);
      assert.deepEqual(rig.numbers, NUMBERS);
    });
  });

  describe('when a chunk arrives truncated', () => {
    it('fetches it again, and gives it up after three times in a row with a message', async () => {
      const { service, clock } = await started();
      for (let i = 0; i < 3; i++) {
        const response = service.last.open();
        await rig.settle();
        response.push((CHUNKS[0]?.bytes ?? Buffer.alloc(0)).subarray(0, -20));
        response.end();
        await rig.settle();
        await clock.advance(clock.nextInMs ?? 0);
        await rig.settle();
      }
      assert.deepEqual(
        rig.errors.map(({ ErrorType, action, FragmentNumber }) => ({ ErrorType, action, FragmentNumber })),
        [{ ErrorType: 'TruncatedChunk', action: 'skip', FragmentNumber: NUMBERS[0] }],
      );
      assert.deepEqual(service.last.selector, {
        StartSelectorType: 'FRAGMENT_NUMBER',
        AfterFragmentNumber: NUMBERS[0],
      });
      const response = service.last.open();
      await rig.settle();
      response.push(bytesOf(CHUNKS.slice(1, 2)));
      assert.deepEqual(rig.numbers, NUMBERS.slice(1, 2));
    });

    it('does not send the chunk after it first, even in the same response', async () => {
      const { service } = await started();
      const response = service.last.open();
      await rig.settle();
      const first = CHUNKS[0]?.bytes ?? Buffer.alloc(0);
      const closingTags = first.lastIndexOf(Buffer.from('1254c367', 'hex'));
      response.push(Buffer.concat([first.subarray(0, closingTags), bytesOf(CHUNKS.slice(1, 2))]));
      await rig.settle();
      assert.deepEqual(rig.numbers, []);
      assert.equal(response.closed, true);
      assert.equal(service.calls.length, 2);
    });

    it('comes back to the very chunk where reading had begun at NOW', async () => {
      const { service } = await started({ startSelector: { StartSelectorType: 'NOW' } });
      const response = service.last.open();
      await rig.settle();
      response.push((CHUNKS[3]?.bytes ?? Buffer.alloc(0)).subarray(0, -20));
      response.breakOff();
      await rig.clock.advance(30_000);
      await rig.settle();
      assert.deepEqual(service.last.selector, {
        StartSelectorType: 'SERVER_TIMESTAMP',
        StartTimestamp: CHUNKS[3]?.ServerTimestamp,
      });
      const again = service.last.open();
      await rig.settle();
      again.push(bytesOf(CHUNKS.slice(2, 5)));
      assert.deepEqual(rig.numbers, NUMBERS.slice(3, 5), 'the chunk before the first one seen is not wanted');
    });
  });

  describe('when rubbish comes', () => {
    it('fetches again twice, then skips it with a message', async () => {
      const { service, clock } = await started();
      const rubbish = Buffer.from('<html>no media here</html>');
      for (let i = 0; i < 3; i++) {
        const response = service.last.open();
        await rig.settle();
        response.push(Buffer.concat([bytesOf(CHUNKS.slice(0, 1)), rubbish, bytesOf(CHUNKS.slice(1, 2))]));
        await rig.settle();
        if (i < 2) {
          await clock.advance(clock.nextInMs ?? 0);
          await rig.settle();
        }
      }
      assert.deepEqual(rig.numbers, NUMBERS.slice(0, 2));
      assert.deepEqual(
        rig.errors.map(({ ErrorType, action }) => [ErrorType, action]),
        [
          ['MalformedMedia', 'retry'],
          ['MalformedMedia', 'retry'],
          ['MalformedMedia', 'skip'],
        ],
      );
    });

    it('loses no chunk that breaks off after rubbish that was skipped', async () => {
      const { service, clock } = await started();
      const rubbish = Buffer.from('<html>no media here</html>');
      const [first, second] = CHUNKS;
      for (let i = 0; i < 3; i++) {
        const response = service.last.open();
        await rig.settle();
        const held = selected(CHUNKS, service.last.selector);
        const part = held[0] === first ? first?.bytes : undefined;
        response.push(Buffer.concat([part ?? Buffer.alloc(0), rubbish]));
        if (i === 2) {
          response.push((second?.bytes ?? Buffer.alloc(0)).subarray(0, -100));
          response.breakOff();
        }
        await rig.settle();
        await clock.advance(clock.nextInMs ?? 0);
        await rig.settle();
      }
      assert.deepEqual(service.last.selector, after(0));
      const response = service.last.open();
      await rig.settle();
      response.push(bytesOf(CHUNKS.slice(1)));
      assert.deepEqual(rig.numbers, NUMBERS);
    });

    it('names the chunk that it gives up', async () => {
      const { service, clock } = await started();
      const damaged = Buffer.from(CHUNKS[0]?.bytes ?? []);
      // In the middle of the media, where no element can begin.
      damaged.fill(0, Math.floor(damaged.length / 2));
      for (let i = 0; i < 3; i++) {
        const response = service.last.open();
        await rig.settle();
        response.push(Buffer.concat([damaged, bytesOf(CHUNKS.slice(1, 3))]));
        await rig.settle();
        if (i < 2) {
          await clock.advance(clock.nextInMs ?? 0);
          await rig.settle();
        }
      }
      assert.deepEqual(
        rig.errors.map(({ ErrorType, action, FragmentNumber }) => [ErrorType, action, FragmentNumber]),
        ['retry', 'retry', 'skip'].map((action) => ['MalformedMedia', action, NUMBERS[0]]),
      );
      assert.deepEqual(rig.numbers, NUMBERS.slice(1, 3));
    });

    it('loses no chunk in which something claims a size that no fragment can have', async () => {
      const { service, clock } = await started();
      const bytes = CHUNKS[0]?.bytes ?? Buffer.alloc(0);
      const closing = bytes.lastIndexOf(Buffer.from('1254c367', 'hex'));
      const damaged = Buffer.from(bytes);
      // A Void element of 128 MiB in place of the closing tags.
      damaged.set([0xec, 0x18, 0x00, 0x00, 0x00], closing);
      const response = service.last.open();
      await rig.settle();
      response.push(damaged);
      await rig.settle();
      assert.deepEqual(
        rig.errors.map(({ ErrorType, action }) => [ErrorType, action]),
        [['ChunkTooLarge', 'retry']],
      );
      await clock.advance(clock.nextInMs ?? 0);
      await rig.settle();
      const again = service.last.open();
      await rig.settle();
      again.push(bytesOf(CHUNKS));
      assert.deepEqual(rig.numbers, NUMBERS);
    });

    it('loses no chunk whose beginning was hit only once', async () => {
      const { service, clock } = await started();
      const response = service.last.open();
      await rig.settle();
      const damaged = bytesOf(CHUNKS.slice(0, 3));
      damaged.fill(0, (CHUNKS[0]?.bytes.length ?? 0) + 2, (CHUNKS[0]?.bytes.length ?? 0) + 30);
      response.push(damaged);
      await clock.advance(clock.nextInMs ?? 0);
      await rig.settle();
      const again = service.last.open();
      await rig.settle();
      again.push(bytesOf(selected(CHUNKS, service.last.selector)));
      assert.deepEqual(rig.numbers, NUMBERS);
    });
  });

  describe('when nothing comes', () => {
    it('takes a connection without a byte for dead, and connects again', async () => {
      const { service, clock } = await started({ stallTimeoutMs: 5_000 });
      const response = service.last.open();
      await rig.settle();
      await clock.advance(3_000);
      response.push(bytesOf(CHUNKS.slice(0, 1)));
      await clock.advance(4_000);
      assert.equal(rig.errors.length, 0);
      // Up to a twentieth of the time passes before it is noticed.
      await clock.advance(1_000 + 5_000 / 20);
      assert.equal(rig.errors[0]?.ErrorType, 'StalledStream');
      assert.equal(response.closed, true);
      await clock.advance(30_000);
      await rig.settle();
      assert.deepEqual(service.last.selector, after(0));
    });

    it('does not take silence for a dead connection while it is paused', async () => {
      const { service, clock } = await started({ stallTimeoutMs: 5_000 });
      service.last.open();
      await rig.settle();
      rig.session.pause();
      await clock.advance(60_000);
      assert.equal(rig.errors.length, 0);
      rig.session.resume();
      await clock.advance(5_000);
      assert.equal(rig.errors[0]?.ErrorType, 'StalledStream');
    });
  });

  describe('when the service refuses', () => {
    const cases: readonly {
      readonly name: string;
      readonly error: KinesisVideoError;
      readonly fixes: readonly string[];
      readonly retryInMs: number;
    }[] = [
      {
        name: 'a moved endpoint is asked for again, at once',
        error: refusal('InvalidEndpointException', 400),
        fixes: ['forgetEndpoint'],
        retryInMs: 0,
      },
      {
        name: 'expired credentials are resolved anew, at once',
        error: refusal('ExpiredTokenException', 403),
        fixes: ['forgetCredentials'],
        retryInMs: 0,
      },
      {
        name: 'a clock that is off is corrected, at once',
        error: refusal('InvalidSignatureException', 403, { serverTime: 1_700_000_900_000 }),
        fixes: ['correctClock 1700000900000'],
        retryInMs: 0,
      },
      {
        name: 'a missing right is asked for after one to two minutes',
        error: refusal('AccessDeniedException', 403),
        fixes: ['forgetEndpoint', 'forgetCredentials'],
        retryInMs: 90_000,
      },
    ];
    for (const { name, error, fixes, retryInMs } of cases) {
      it(name, async () => {
        const { service, clock } = await started();
        service.last.fail(error);
        await rig.settle();
        assert.deepEqual(service.log, fixes);
        assert.equal(rig.errors[0]?.retryInMs, retryInMs);
        assert.equal(rig.errors[0].RequestId, 'request-9');
        await clock.advance(retryInMs);
        await rig.settle();
        assert.equal(service.calls.length, 2);
      });
    }

    it('corrects a clock again that was set right after it had been corrected', async () => {
      const { service, clock } = await started();
      service.clockOffsetMs = 900_000;
      service.last.fail(refusal('InvalidSignatureException', 403, { serverTime: clock.now() }));
      await rig.settle();
      assert.deepEqual(service.log, [`correctClock ${clock.now()}`]);
      assert.equal(rig.errors[0]?.retryInMs, 0);
    });

    it('waits longer each time, and begins anew when media has flowed', async () => {
      const { service, clock } = await started();
      clock.chance = 0.999999;
      for (let i = 0; i < 3; i++) {
        service.last.fail(refusal('ServiceUnavailable', 503));
        await rig.settle();
        await clock.advance(clock.nextInMs ?? 0);
        await rig.settle();
      }
      const response = service.last.open();
      await rig.settle();
      response.push(bytesOf(CHUNKS.slice(0, 1)));
      response.breakOff();
      assert.deepEqual(
        rig.errors.map(({ attempt, retryInMs }) => [attempt, retryInMs]),
        [
          [1, 500],
          [2, 1_000],
          [3, 2_000],
          [1, 500],
        ],
      );
    });

    it('ends at a wrong setting', async () => {
      const { service } = await started();
      service.last.fail(refusal('InvalidArgumentException', 400));
      await rig.settle();
      assert.equal(rig.session.state.name, 'stopped');
      assert.equal(rig.errors[0]?.action, 'stop');
    });

    it('falls back step by step when its position is no longer known', async () => {
      const { service, clock } = await started();
      const response = service.last.open();
      await rig.settle();
      response.push(bytesOf(CHUNKS.slice(0, 1)));
      response.end();
      await rig.settle();
      const asked: unknown[] = [];
      for (let i = 0; i < 3; i++) {
        service.last.fail(refusal('InvalidArgumentException', 400));
        await rig.settle();
        await clock.advance(clock.nextInMs ?? 0);
        await rig.settle();
        asked.push(service.last.selector);
      }
      assert.deepEqual(asked, [
        { StartSelectorType: 'FRAGMENT_NUMBER', AfterFragmentNumber: NUMBERS[0] },
        { StartSelectorType: 'SERVER_TIMESTAMP', StartTimestamp: CHUNKS[0]?.ServerTimestamp },
        { StartSelectorType: 'EARLIEST' },
      ]);
      const last = service.last.open();
      await rig.settle();
      last.push(bytesOf(CHUNKS.slice(3, 4)));
      assert.equal(rig.errors.at(-1)?.ErrorType, 'FragmentGap');
      assert.deepEqual(rig.numbers, [NUMBERS[0], NUMBERS[3]]);
    });

    it('notices that the service has silently left something out between two responses', async () => {
      const { service } = await started();
      const response = service.last.open();
      await rig.settle();
      response.push(bytesOf(CHUNKS.slice(0, 2)));
      response.end();
      await rig.settle();
      const again = service.last.open();
      await rig.settle();
      again.push(bytesOf(CHUNKS.slice(4)));
      assert.deepEqual(
        rig.errors.map(({ ErrorType, action, FragmentNumber }) => [ErrorType, action, FragmentNumber]),
        [['FragmentGap', 'ignore', NUMBERS[4]]],
      );
      assert.match(english.sentences(rig.errors[0]?.statements ?? []), new RegExp(NUMBERS[1] ?? 'none'));
    });

    it('says nothing of a gap where the next chunk follows all the same', async () => {
      const { service, clock } = await started();
      const response = service.last.open();
      await rig.settle();
      response.push(bytesOf(CHUNKS.slice(0, 1)));
      response.end();
      await rig.settle();
      for (let i = 0; i < 2; i++) {
        service.last.fail(refusal('InvalidArgumentException', 400));
        await rig.settle();
        await clock.advance(clock.nextInMs ?? 0);
        await rig.settle();
      }
      const last = service.last.open();
      await rig.settle();
      last.push(bytesOf(CHUNKS.slice(0, 2)));
      assert.ok(rig.errors.every(({ ErrorType }) => ErrorType !== 'FragmentGap'));
    });
  });

  describe('with acknowledgements', () => {
    it('stops reading at the limit, in the middle of a slice too, and sends nothing twice', async () => {
      const { service } = await started({ maxInFlight: 2 });
      const response = service.last.open();
      await rig.settle();
      response.push(bytesOf(CHUNKS), Number.MAX_SAFE_INTEGER);
      assert.deepEqual(rig.numbers, NUMBERS.slice(0, 2));
      assert.equal(response.paused, true);
      for (const number of NUMBERS) {
        assert.equal(rig.session.acknowledge(number), true);
      }
      assert.deepEqual(rig.numbers, NUMBERS);
      assert.equal(response.paused, false);
      assert.equal(rig.checkpoints.at(-1)?.FragmentNumber, NUMBERS.at(-1));
    });

    it('goes on from where it was when the service gives up meanwhile', async () => {
      const { service } = await started({ maxInFlight: 1 });
      const response = service.last.open();
      await rig.settle();
      response.push(bytesOf(CHUNKS.slice(0, 2)), Number.MAX_SAFE_INTEGER);
      response.paused = false;
      response.breakOff();
      await rig.settle();
      assert.deepEqual(rig.errors, []);
      assert.equal(service.calls.length, 1);
      rig.session.acknowledge(NUMBERS[0] ?? '');
      rig.session.acknowledge(NUMBERS[1] ?? '');
      await rig.settle();
      assert.deepEqual(service.last.selector, after(1));
      assert.deepEqual(rig.numbers, NUMBERS.slice(0, 2));
    });

    it('names each overdue message once and goes on holding', async () => {
      const { service, clock } = await started({ maxInFlight: 1, ackTimeoutMs: 1_000 });
      const response = service.last.open();
      await rig.settle();
      response.push(bytesOf(CHUNKS.slice(0, 2)));
      await clock.advance(10_000);
      assert.deepEqual(
        rig.errors.map(({ ErrorType, operation, action, FragmentNumber }) => [
          ErrorType,
          operation,
          action,
          FragmentNumber,
        ]),
        [['AckTimeout', 'Input', 'ignore', NUMBERS[0]]],
      );
      assert.equal(rig.numbers.length, 1);
    });

    it('knows an acknowledgement of what was never sent', async () => {
      await started({ maxInFlight: 1 });
      assert.equal(rig.session.acknowledge('123'), false);
    });
  });

  describe('frame by frame', () => {
    it('sends no frame of a chunk twice when the chunk is fetched again', async () => {
      const { service, clock } = await started({ emit: 'frame' });
      const whole = new SessionRig({ emit: 'frame' });
      await whole.start();
      const uncut = whole.service.last.open();
      await whole.settle();
      uncut.push(bytesOf(CHUNKS.slice(0, 2)));

      const bytes = CHUNKS[0]?.bytes ?? Buffer.alloc(0);
      for (const part of [0.3, 0.7]) {
        const response = service.last.open();
        await rig.settle();
        response.push(bytes.subarray(0, Math.floor(bytes.length * part)));
        response.breakOff();
        await rig.settle();
        await clock.advance(30_000);
        await rig.settle();
      }
      const response = service.last.open();
      await rig.settle();
      response.push(bytesOf(CHUNKS.slice(0, 2)));
      await rig.settle();
      assert.deepEqual(rig.frames, whole.frames);
      assert.ok(rig.frames.length > 50);
      whole.session.stop();
    });

    it('sends what had to wait as it came, though the slice has been overwritten', async () => {
      const { service } = await started({ emit: 'frame', maxInFlight: 2 });
      const whole = new SessionRig({ emit: 'frame' });
      await whole.start();
      for (const { last } of [service, whole.service]) {
        const response = last.open();
        await rig.settle();
        response.push(bytesOf(CHUNKS.slice(0, 2)));
      }
      await whole.settle();
      await rig.acknowledgeAll();
      assert.deepEqual(rig.frames, whole.frames);
      whole.session.stop();
    });

    it('keeps the order when a chunk comes late that was left out before', async () => {
      const { service, clock } = await started({ emit: 'frame' });
      const later = CHUNKS[1]?.bytes ?? Buffer.alloc(0);
      const response = service.last.open();
      await rig.settle();
      response.push(later.subarray(0, Math.floor(later.length / 2)));
      response.breakOff();
      const begun = rig.frames.length;
      assert.ok(begun > 0);
      await clock.advance(30_000);
      await rig.settle();
      const again = service.last.open();
      await rig.settle();
      again.push(bytesOf(CHUNKS.slice(0, 2)));
      assert.ok(rig.frames.length > begun);
      assert.deepEqual(
        rig.frames.map(({ FragmentNumber, index }) => [FragmentNumber, index]),
        rig.frames.map((_, index) => [NUMBERS[1], index]),
      );
    });

    it('moves the checkpoint after a chunk that was sent in part and is gone', async () => {
      const { service, clock } = await started({ emit: 'frame', maxInFlight: 1_000 });
      const gone = CHUNKS[0]?.bytes ?? Buffer.alloc(0);
      const response = service.last.open();
      await rig.settle();
      response.push(gone.subarray(0, Math.floor(gone.length / 2)));
      response.breakOff();
      await clock.advance(30_000);
      await rig.settle();
      const again = service.last.open();
      await rig.settle();
      again.push(bytesOf(CHUNKS.slice(1, 2)));
      rig.session.acknowledge(NUMBERS[1] ?? '');
      assert.deepEqual(rig.checkpoints, [], 'frames of the first chunk are out');
      rig.session.acknowledge(NUMBERS[0] ?? '');
      assert.deepEqual(
        rig.checkpoints.map(({ FragmentNumber }) => FragmentNumber),
        [NUMBERS[1]],
      );
    });

    it('sends only the tracks that were asked for', async () => {
      const { service } = await started({ emit: 'frame', tracks: ['audio'] });
      const response = service.last.open();
      await rig.settle();
      response.push(bytesOf(CHUNKS.slice(0, 1)));
      const indices = rig.frames.map(({ index }) => index);
      assert.ok(indices.length > 0);
      assert.ok(
        indices.some((index, i) => index !== i),
        'indices count over all tracks',
      );
    });
  });

  describe('told to pause', () => {
    for (const when of ['resolving', 'connecting', 'streaming', 'waiting'] as const) {
      it(`while ${when}: holds still, and goes on when told`, async () => {
        rig = new SessionRig();
        rig.session.start();
        if (when !== 'resolving') {
          await rig.settle();
        }
        if (when === 'streaming' || when === 'waiting') {
          const response = rig.service.last.open();
          await rig.settle();
          if (when === 'waiting') {
            response.end();
          }
        }
        assert.equal(rig.stateName(), when);
        rig.session.pause();
        await rig.clock.advance(3_600_000);
        const calls = rig.service.calls.length;
        assert.equal(rig.stateName(), 'paused');
        rig.session.resume();
        await rig.settle();
        const response = when === 'streaming' ? undefined : rig.service.last.open();
        await rig.settle();
        assert.equal(rig.service.calls.length, when === 'streaming' ? calls : calls + 1);
        response?.push(bytesOf(CHUNKS.slice(0, 1)));
        assert.equal(rig.stateName(), 'streaming');
      });
    }
  });

  describe('told to stop', () => {
    it('says nothing more and frees the connection, in mid-chunk', async () => {
      const { service } = await started();
      const response = service.last.open();
      await rig.settle();
      response.push((CHUNKS[0]?.bytes ?? Buffer.alloc(0)).subarray(0, 1_000));
      rig.session.stop();
      const said = rig.states.length;
      response.push(bytesOf(CHUNKS.slice(1)));
      response.end();
      assert.equal(response.closed, true);
      assert.equal(rig.states.length, said);
      assert.deepEqual(rig.chunks, []);
    });

    it('aborts a call under way and closes a response that comes too late', async () => {
      const { service } = await started();
      const call = service.last;
      rig.session.stop();
      assert.equal(call.signal.aborted, true);
      const response = call.open();
      await rig.settle();
      assert.equal(response.closed, true);
      assert.equal(rig.session.state.name, 'stopped');
    });
  });
});

describe('whatever happens to the responses', () => {
  /** What becomes of one response: truncated after so much of what it holds, then ended, broken or stalled. */
  const fates = fc.record({
    part: fc.double({ min: 0, max: 1, noNaN: true }),
    end: fc.constantFrom('end', 'break', 'stall', 'refuse', 'in-band'),
    sliceSize: fc.constantFrom(1_000, 16_384, 1_000_000),
  });

  for (const emit of ['chunk', 'frame'] as const) {
    it(`every ${emit} comes exactly once and in order`, async function () {
      this.timeout(120_000);
      const reference = new SessionRig({ emit });
      await reference.start();
      const uncut = reference.service.last.open();
      await reference.settle();
      uncut.push(bytesOf(CHUNKS));
      await reference.settle();
      reference.session.stop();

      await fc.assert(
        fc.asyncProperty(
          fc.array(fates, { maxLength: 12 }),
          fc.integer({ min: 0, max: 4 }),
          async (plan, maxInFlight) => {
            const rig = new SessionRig({ emit, maxInFlight, stallTimeoutMs: 5_000 });
            await rig.start();
            const tries = new Map<string, number>();
            const queue = [...plan];
            for (let i = 0; i < 200 && rig.checkpoints.at(-1)?.FragmentNumber !== NUMBERS.at(-1); i++) {
              const fate = queue.shift();
              const held = selected(CHUNKS, rig.service.last.selector);
              const body = bytesOf(held);
              const end = Math.floor(body.length * (fate?.part ?? 1));
              // A chunk that comes truncated three times is given up by design, so none is truncated more than twice here.
              const hit =
                held.find((_, n) => bytesOf(held.slice(0, n + 1)).length > end)?.FragmentNumber ?? '';
              const hits = tries.get(hit) ?? 0;
              const harmless = fate === undefined || hits >= 2;
              tries.set(hit, hits + 1);
              if (fate?.end === 'refuse') {
                rig.service.last.fail(refusal('ServiceUnavailable', 503));
              } else {
                const response = rig.service.last.open();
                await rig.settle();
                response.push(harmless ? body : body.subarray(0, end), fate?.sliceSize);
                await rig.acknowledgeAll();
                if (fate?.end === 'break') {
                  response.breakOff();
                } else if (fate?.end !== 'stall') {
                  response.end();
                }
              }
              await rig.settle();
              while (
                rig.service.calls.length < i + 2 &&
                rig.clock.nextInMs !== undefined &&
                rig.clock.nextInMs < 600_000
              ) {
                await rig.clock.advance(rig.clock.nextInMs);
                await rig.settle();
              }
            }
            rig.session.stop();
            assert.equal(rig.clock.pending, 0);
            assert.deepEqual(rig.numbers, reference.numbers);
            assert.ok(rig.chunks.every(({ data }, i) => data.equals(CHUNKS[i]?.bytes ?? Buffer.alloc(0))));
            assert.deepEqual(
              rig.frames.map(({ FragmentNumber, index }) => [FragmentNumber, index]),
              reference.frames.map(({ FragmentNumber, index }) => [FragmentNumber, index]),
            );
          },
        ),
        { numRuns: 60 },
      );
    });
  }
});
