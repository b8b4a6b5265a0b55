import assert from 'node:assert/strict';
import type { Failure } from '../../src/session/failure';
import { FragmentTracker } from '../../src/session/fragment-tracker';
import { RetryController } from '../../src/session/retry-controller';
import { StreamCursor, type Position } from '../../src/session/stream-cursor';
import { ScriptedService } from '../../testing/scripted-service';
import { VirtualClock } from '../../testing/virtual-clock';

const NUMBER = '91343852333181432392682062607743920146159169392';
const POSITION = { FragmentNumber: NUMBER, ContinuationToken: 'token' };

const failure = (ErrorType: string, more: Partial<Failure> = {}): Failure => ({
  ...{ ErrorType, RequestId: 'request-1', statusCode: 400, operation: 'GetMedia' },
  ...{ message: 'GetMedia failed', statements: [] },
  ...more,
});

describe('the retry controller', () => {
  let clock: VirtualClock;
  let service: ScriptedService;
  let cursor: StreamCursor;

  function retries(keepTrying = true, position?: Position): RetryController {
    clock = new VirtualClock();
    service = new ScriptedService();
    cursor = new StreamCursor({ StartSelectorType: 'EARLIEST' }, position);
    const tracker = new FragmentTracker(cursor, position);
    return new RetryController({ stream: { StreamName: 'demo' }, keepTrying }, { service, clock }, tracker);
  }

  describe('fixes before the next call what can be fixed, and calls at once', () => {
    const fixes: readonly [ErrorType: string, more: Partial<Failure>, log: readonly string[]][] = [
      ['InvalidEndpointException', {}, ['forgetEndpoint']],
      ['ExpiredTokenException', {}, ['forgetCredentials']],
      ['RequestTimeTooSkewed', { serverTime: 1_700_000_400_000 }, ['correctClock 1700000400000']],
    ];
    for (const [ErrorType, more, log] of fixes) {
      it(`${ErrorType}: ${log.join()}`, () => {
        const { reaction } = retries().failed(failure(ErrorType, more));
        assert.deepEqual(reaction, { action: 'retry', retryInMs: 0 });
        assert.deepEqual(service.log, log);
      });
    }

    it('takes a signature that is refused for a clock that is off only where the service’s clock differs', () => {
      const refused = retries();
      const at = (serverTime: number) =>
        refused.failed(failure('InvalidSignatureException', { statusCode: 403, serverTime })).error;
      assert.ok(!at(clock.now() + 1_000).retryable);
      assert.ok(!service.log.some((entry) => entry.startsWith('correctClock')));
      assert.ok(at(clock.now() + 600_000).retryable);
      assert.equal(service.log.at(-1), `correctClock ${clock.now() + 600_000}`);
    });

    it('names a position that is not known another way, until only the configured start is left', () => {
      const lost = retries(true, POSITION);
      const next = () => {
        const { reaction } = lost.failed(failure('FRAGMENT_NOT_FOUND', { ErrorId: 4000, statusCode: 200 }));
        return [reaction.action, cursor.selector().StartSelectorType];
      };
      assert.deepEqual(
        [next(), next(), next()],
        [
          ['retry', 'FRAGMENT_NUMBER'],
          ['retry', 'SERVER_TIMESTAMP'],
          ['retry', 'EARLIEST'],
        ],
      );
      assert.deepEqual(next(), ['stop', 'EARLIEST']);
    });

    it('takes an argument that is refused for the position where there is one, else for the settings', () => {
      const refused = failure('InvalidArgumentException');
      assert.equal(retries(true, POSITION).failed(refused).reaction.action, 'retry');
      assert.equal(retries().failed(refused).reaction.action, 'stop');
    });

    it('asks for the endpoint again after a network error', () => {
      retries().failed(failure('NetworkError', { statusCode: null }));
      assert.deepEqual(service.log, ['forgetEndpoint']);
    });
  });

  describe('counts', () => {
    const broke = failure('NetworkError', { statusCode: null });

    it('failures since media last flowed, and waits longer each time', () => {
      const counting = retries();
      clock.chance = 0.999999;
      const retry = () => {
        const { reaction, error } = counting.failed(broke);
        return [error.attempt, reaction.action === 'retry' ? reaction.retryInMs : 'stop'];
      };
      assert.deepEqual([retry(), retry(), retry()], [[1, 500], [2, 1_000], [3, 2_000]]); // prettier-ignore
      counting.succeeded();
      assert.deepEqual(retry(), [1, 500]);
      counting.ended(false);
      assert.deepEqual(retry(), [1, 500]);
    });

    it('empty responses since media last flowed', () => {
      const idle = retries();
      assert.deepEqual([idle.ended(false), idle.ended(false), idle.ended(false)], [1_500, 3_000, 6_000]);
      idle.succeeded();
      assert.deepEqual([idle.ended(true), idle.ended(false)], [0, 1_500]);
    });

    it('refusals, and stops at the first one where it is not to keep trying', () => {
      const refused = failure('AccessDeniedException', { statusCode: 403 });
      assert.equal(retries(false).failed(refused).reaction.action, 'stop');
      assert.equal(retries(true).failed(refused).reaction.action, 'retry');
      assert.deepEqual(service.log, ['forgetEndpoint', 'forgetCredentials']);
    });

    it('what is wrong with a chunk, and skips it the third time', () => {
      const chunks = retries();
      const number = NUMBER;
      assert.deepEqual(
        [1, 2, 3].map(() => chunks.damaged(number)),
        ['refetch', 'refetch', 'skip'],
      );
      assert.deepEqual(
        [500, 500, 500].map((bytes) => chunks.truncated(number, bytes, false)),
        ['refetch', 'refetch', 'skip'],
      );
      const growing = Array.from({ length: 20 }, (_, i) => chunks.truncated('9'.repeat(47), 500 + i, false));
      assert.deepEqual(new Set(growing), new Set(['refetch']));
    });
  });
});
