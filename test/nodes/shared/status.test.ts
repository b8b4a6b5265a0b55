import assert from 'node:assert/strict';
import { failureStatus, statusOf, type Rates } from '../../../nodes/shared/status-text';

const RATES: Rates = {
  bitsPerSecond: 2_123_456,
  framesPerSecond: 29.97,
  MillisBehindNow: 1_234,
  silentMs: 0,
};
const failure = {
  ErrorType: 'AccessDeniedException',
  RequestId: null,
  statusCode: 403,
  operation: 'GetMedia',
  ...{ message: '', statements: [] },
} as const;
const waiting = { name: 'waiting', waitMs: 12_000 } as const;

describe('the status under the node', () => {
  const cases: readonly [
    name: string,
    state: Parameters<typeof statusOf>[0],
    rates: Rates,
    fill: string,
    shape: string,
    text: string,
  ][] = [
    ['streaming', { name: 'streaming' }, RATES, 'green', 'dot', '2.1Mb/s 30fps 1.2s'],
    [
      'streaming slowly',
      { name: 'streaming' },
      { ...RATES, bitsPerSecond: 64_000, MillisBehindNow: 7_300_000 },
      'green',
      'dot',
      '64kb/s 30fps 2h',
    ],
    [
      'a silent producer',
      { name: 'streaming' },
      { ...RATES, silentMs: 3_000 },
      'blue',
      'ring',
      'waiting for media',
    ],
    ['an idle stream', { ...waiting, reason: 'media' }, RATES, 'blue', 'ring', 'waiting for media'],
    ['connecting', { name: 'connecting' }, RATES, 'yellow', 'ring', 'connecting'],
    ['retrying', { ...waiting, reason: 'retry', failure }, RATES, 'yellow', 'ring', 'AccessDenied 12s'],
    ['paused', { name: 'paused' }, RATES, 'yellow', 'ring', 'paused'],
    ['waiting for acknowledgements', { name: 'draining' }, RATES, 'yellow', 'ring', 'waiting for acks'],
    ['stopped by an error', { name: 'stopped', failure }, RATES, 'red', 'ring', 'AccessDenied'],
    ['stopped', { name: 'stopped' }, RATES, 'grey', 'ring', 'stopped'],
  ];
  for (const [name, state, rates, fill, shape, text] of cases) {
    it(`shows ${name}`, () => {
      assert.deepEqual(statusOf(state, rates), { fill, shape, text });
    });
  }

  it('keeps errors under 20 characters, and what they are about', () => {
    for (const [ErrorType, about, text] of [
      ['InvalidInput', 'stream', 'InvalidInput stream'],
      ['InvalidInput', 'startSelectorType', 'InvalidInput start…'],
      ['MissingCredentials', '', 'MissingCredentials'],
      ['ConnectionLimitExceededException', '', 'ConnectionLimitExc…'],
      ['Exception', '', 'Exception'],
    ] as const) {
      assert.equal(failureStatus(ErrorType, about).text, text);
    }
    for (const [ErrorType, waitMs, text] of [
      ['ResourceNotFoundException', 60_000, 'ResourceNotFound 1m'],
      ['ClientLimitExceededException', 300_000, 'ClientLimitExce… 5m'],
      ['NetworkError', 120, 'NetworkError 1s'],
    ] as const) {
      const status = statusOf(
        { name: 'waiting', reason: 'retry', waitMs, failure: { ...failure, ErrorType } },
        RATES,
      );
      assert.equal(status.text, text);
    }
  });

  it('keeps the rate under 20 characters', () => {
    for (const bitsPerSecond of [0, 999_999, 99_900_000, 200_000_000]) {
      for (const framesPerSecond of [0, 29.97, 120]) {
        for (const MillisBehindNow of [0, 9_990, 99_900, 5_999_000, 86_400_000]) {
          const { text } = statusOf(
            { name: 'streaming' },
            { bitsPerSecond, framesPerSecond, MillisBehindNow, silentMs: 0 },
          );
          assert.ok((text ?? '').length < 20, text);
        }
      }
    }
  });
});
