import assert from 'node:assert/strict';
import { duration, report, reportInPassing, type Action } from '../../src/session/error-report';
import type { Failure } from '../../src/session/failure';

const FAILURE: Failure = {
  ...{ ErrorType: 'NetworkError', RequestId: null, statusCode: null, operation: 'GetMedia' },
  what: 'The connection to stream "demo" was lost',
};
const ROW = { class: 'transient', advice: 'Check the network.' } as const;

describe('an error report', () => {
  const steps: readonly [Action, RegExp][] = [
    [{ action: 'retry', retryInMs: 0 }, /at once\. Check the network\.$/],
    [{ action: 'retry', retryInMs: 2_500 }, /in 2\.5 s\. Check the network\.$/],
    [{ action: 'stop' }, /stopped\. Check the network\.$/],
    [{ action: 'skip' }, /continues after it\. Check the network\.$/],
    [{ action: 'ignore' }, /was lost\. Check the network\.$/],
  ];
  for (const [action, expected] of steps) {
    it(`says what happened, what is done next and what a person can do: ${JSON.stringify(action)}`, () => {
      const { message, ...rest } = report(FAILURE, ROW, action, 1);
      assert.ok(message.startsWith('The connection to stream "demo" was lost. '), message);
      assert.match(message, expected);
      assert.equal(rest.action, action.action);
      assert.equal('retryInMs' in rest, action.action === 'retry');
    });
  }

  it('leaves out what is not known', () => {
    assert.deepEqual(Object.keys(report(FAILURE, ROW, { action: 'stop' }, 2)).sort(), [
      ...['ErrorType', 'RequestId', 'action', 'attempt', 'message', 'operation', 'retryable', 'statusCode'],
    ]);
  });

  it('has all that is known', () => {
    const gap = { AfterFragmentNumber: '1', from: 1, to: 2, durationMs: 1 };
    const known = { ErrorId: 5000, code: 'ECONNRESET', FragmentNumber: '2', gap };
    const place = { offset: 7, elementId: 0xa3, path: 'Segment/Cluster/SimpleBlock' };
    const error = report({ ...FAILURE, ...known, place }, ROW, { action: 'stop' }, 1);
    const { ErrorId, code, FragmentNumber, byteOffset, elementId, elementPath } = error;
    assert.deepEqual({ ErrorId, code, FragmentNumber, gap: error.gap }, known);
    assert.deepEqual(
      { byteOffset, elementId, elementPath },
      {
        ...{ byteOffset: 7, elementId: '0xa3', elementPath: 'Segment/Cluster/SimpleBlock' },
      },
    );
  });

  it('is retryable where no person is needed', () => {
    const retryable = (['transient', 'throttled', 'refused', 'configuration'] as const).map(
      (errorClass) => report(FAILURE, { ...ROW, class: errorClass }, { action: 'stop' }, 1).retryable,
    );
    assert.deepEqual(retryable, [true, true, false, false]);
  });

  it('in passing takes its advice from the table', () => {
    const error = reportInPassing({ ...FAILURE, ErrorType: 'StreamSilent' }, { action: 'ignore' });
    assert.match(error.message, /camera/);
    assert.equal(error.attempt, 1);
  });
});

describe('a duration in words', () => {
  const words: readonly [number, string][] = [
    [0, '0 ms'],
    [850.4, '850 ms'],
    [1_000, '1 s'],
    [2_449, '2.4 s'],
    [40_000, '40 s'],
    [59_999, '60 s'],
    [60_000, '1 min'],
    [330_000, '5.5 min'],
  ];
  for (const [ms, expected] of words) {
    it(`${ms}: ${expected}`, () => {
      assert.equal(duration(ms), expected);
    });
  }
});
