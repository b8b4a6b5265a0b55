import assert from 'node:assert/strict';
import { report, reportInPassing, type ReportedAction } from '../../src/session/error-report';
import type { Statement } from '../../src/statement';
import type { Failure } from '../../src/session/failure';

const FAILURE: Failure = {
  ...{ ErrorType: 'NetworkError', RequestId: null, statusCode: null, operation: 'GetMedia' },
  message: 'stream "demo": connection lost',
  statements: [{ key: 'problem.stalled', data: { StreamName: 'demo', silentMs: 1 } }],
};
const ROW = { class: 'transient', advice: 'network' } as const;

describe('an error report', () => {
  const steps: readonly [ReportedAction, Statement[]][] = [
    [{ action: 'retry', retryInMs: 0 }, [{ key: 'next.retryNow', data: {} }]],
    [{ action: 'retry', retryInMs: 2_500 }, [{ key: 'next.retry', data: { retryInMs: 2_500 } }]],
    [{ action: 'stop' }, [{ key: 'next.stop', data: {} }]],
    [{ action: 'skip' }, [{ key: 'next.skip', data: {} }]],
    [{ action: 'ignore' }, []],
  ];
  for (const [action, next] of steps) {
    it(`states what happened, what is done next and what a person can do: ${JSON.stringify(action)}`, () => {
      const { statements, ...rest } = report(FAILURE, ROW, action, 1);
      assert.deepEqual(statements, [...FAILURE.statements, ...next, { key: 'advice.network', data: {} }]);
      assert.equal(rest.message, FAILURE.message);
      assert.equal(rest.action, action.action);
      assert.equal('retryInMs' in rest, action.action === 'retry');
    });
  }

  it('leaves out what is not known', () => {
    assert.deepEqual(Object.keys(report(FAILURE, ROW, { action: 'stop' }, 2)).sort(), [
      ...['ErrorType', 'RequestId', 'action', 'attempt', 'errorClass', 'message', 'needsPerson'],
      ...['operation', 'retryable', 'statements', 'statusCode'],
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
    assert.deepEqual(error.statements.at(-1), { key: 'advice.producer', data: {} });
    assert.equal(error.attempt, 1);
  });
});
