import assert from 'node:assert/strict';
import type { KinesisVideoError } from '../../src/kinesis-video';
import type { SessionOptions } from '../../src/session';
import type { SessionRig } from '../../testing/session-rig';
import { english } from '../../testing/texts';
import { CHUNKS, NUMBERS, after, bytesOf, refusal, refuse, startedRig, stopRig } from './started-rig';

describe('a session that has to connect again', () => {
  let rig: SessionRig;
  const started = async (options?: Partial<SessionOptions>) => (rig = await startedRig(options));
  afterEach(() => {
    stopRig(rig);
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
        await refuse(rig, refusal('ServiceUnavailable', 503));
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
      const { service } = await started();
      const response = service.last.open();
      await rig.settle();
      response.push(bytesOf(CHUNKS.slice(0, 1)));
      response.end();
      await rig.settle();
      const asked: unknown[] = [];
      for (let i = 0; i < 3; i++) {
        await refuse(rig, refusal('InvalidArgumentException', 400));
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
      const { service } = await started();
      const response = service.last.open();
      await rig.settle();
      response.push(bytesOf(CHUNKS.slice(0, 1)));
      response.end();
      await rig.settle();
      for (let i = 0; i < 2; i++) {
        await refuse(rig, refusal('InvalidArgumentException', 400));
      }
      const last = service.last.open();
      await rig.settle();
      last.push(bytesOf(CHUNKS.slice(0, 2)));
      assert.ok(rig.errors.every(({ ErrorType }) => ErrorType !== 'FragmentGap'));
    });
  });
});
