import assert from 'node:assert/strict';
import { RateMeter, type Rates } from '../../../nodes/shared/rate-meter';
import { SessionStatus, type ShownSession } from '../../../nodes/shared/session-status';
import { Statuses, type KvsState, type ShownState } from '../../../nodes/shared/state-to-status';
import type { ErrorReport, State } from '../../../src/session';
import { MediaTotals } from '../../../src/session/media-totals';
import { english, wordsIn } from '../../../testing/texts';
import { VirtualClock } from '../../../testing/virtual-clock';

const LANGUAGES = ['de', 'en-US', 'es-ES', 'fr', 'ja', 'ko', 'pt-BR', 'zh-CN'];
const RATES: Rates = {
  bitsPerSecond: 2_123_456,
  framesPerSecond: 29.97,
  MillisBehindNow: 1_234,
  isCatchingUp: false,
  silentMs: 0,
};
const error: ErrorReport = {
  ...{ ErrorType: 'ServiceUnavailable', RequestId: null, statusCode: 503, operation: 'GetMedia' },
  ...{ message: '', statements: [], errorClass: 'transient', needsPerson: false },
  ...{ retryable: true, action: 'retry', attempt: 1 },
};
const refusal: ErrorReport = {
  ...error,
  ...{ ErrorType: 'AccessDeniedException', errorClass: 'refused', needsPerson: true, retryable: false },
};
const waiting = { name: 'waiting', waitMs: 12_000 } as const;

describe('the status under the node', () => {
  const texts = new Statuses(english);
  const cases: readonly [
    name: string,
    state: ShownState,
    rates: Rates,
    shown: string,
    kvs: Omit<KvsState, 'since'>,
  ][] = [
    [
      'streaming',
      { name: 'streaming' },
      RATES,
      'green dot 2.1Mb/s 30fps 1.2s',
      { state: 'streaming', bitsPerSecond: 2_123_456, framesPerSecond: 30, MillisBehindNow: 1_234 },
    ],
    [
      'sound alone',
      { name: 'streaming' },
      { ...RATES, bitsPerSecond: 64_000, framesPerSecond: 0 },
      'green dot 64kb/s 1.2s',
      { state: 'streaming', bitsPerSecond: 64_000, framesPerSecond: 0, MillisBehindNow: 1_234 },
    ],
    [
      'the first chunk as it arrives',
      { name: 'streaming' },
      { ...RATES, bitsPerSecond: undefined, framesPerSecond: undefined, MillisBehindNow: undefined },
      'green dot receiving',
      { state: 'streaming' },
    ],
    [
      'catching up',
      { name: 'streaming' },
      { ...RATES, isCatchingUp: true, MillisBehindNow: 7_300_000 },
      'green dot catching up 2h',
      { state: 'streaming', bitsPerSecond: 2_123_456, framesPerSecond: 30, MillisBehindNow: 7_300_000 },
    ],
    [
      'a silent producer',
      { name: 'streaming' },
      { ...RATES, silentMs: 3_000 },
      'blue ring waiting for media',
      { state: 'waiting' },
    ],
    [
      'a connection that has brought nothing yet',
      { name: 'streaming' },
      { ...RATES, silentMs: undefined },
      'blue ring waiting for media',
      { state: 'waiting' },
    ],
    [
      'an idle stream',
      { ...waiting, reason: 'media' },
      RATES,
      'blue ring waiting for media',
      { state: 'waiting' },
    ],
    ['connecting', { name: 'connecting' }, RATES, 'yellow ring connecting', { state: 'connecting' }],
    [
      'what may pass by itself',
      { ...waiting, reason: 'retry', error },
      RATES,
      'yellow ring Service… 12s',
      { state: 'retrying', ErrorType: 'ServiceUnavailable' },
    ],
    [
      'a refusal, for which a person is needed',
      { ...waiting, reason: 'retry', error: refusal },
      RATES,
      'red ring AccessDenied 12s',
      { state: 'refused', ErrorType: 'AccessDeniedException' },
    ],
    ['paused', { name: 'paused' }, RATES, 'yellow ring paused', { state: 'paused' }],
    [
      'waiting for acknowledgements',
      { name: 'draining' },
      RATES,
      'yellow ring waiting for acks',
      { state: 'holding' },
    ],
    [
      'stopped by an error',
      { name: 'stopped', error: refusal },
      RATES,
      'red ring AccessDenied',
      { state: 'failed', ErrorType: 'AccessDeniedException' },
    ],
    ['stopped', { name: 'stopped' }, RATES, 'grey ring stopped', { state: 'stopped' }],
  ];
  for (const [name, state, rates, shown, kvs] of cases) {
    it(`shows ${name}`, () => {
      const status = texts.of(state, rates, false);
      assert.deepEqual([`${status.fill} ${status.shape} ${status.text}`, status.kvs], [shown, kvs]);
    });
  }

  it('names errors in under 20 characters, and cuts no word', () => {
    for (const [ErrorType, about, text] of [
      ['InvalidInput', 'stream', 'InvalidInput stream'],
      ['InvalidInput', 'startSelectorType', 'InvalidInput start…'],
      ['InvalidInput', 'region', 'InvalidInput region'],
      ['MissingCredentials', '', 'MissingCredentials'],
      ['ConnectionLimitExceededException', '', 'ConnectionLimit…'],
      ['KMS_KEY_ACCESS_DENIED', '', 'KMS_KEY_ACCESS…'],
      ['averylongnamewithoutanyword', '', 'error'],
      ['Exception', '', 'Exception'],
    ] as const) {
      assert.equal(texts.failed(ErrorType, about).text, text);
    }
    for (const [ErrorType, waitMs, text] of [
      ['ResourceNotFoundException', 60_000, 'ResourceNotFound 1m'],
      ['ClientLimitExceededException', 300_000, 'ClientLimit… 5m'],
      ['FRAGMENT_NOT_FOUND', 4_000, 'FRAGMENT_NOT… 4s'],
      ['averylongnamewithoutanyword', 4_000, 'error 4s'],
      ['NetworkError', 120, 'NetworkError 1s'],
    ] as const) {
      const state = { name: 'waiting', reason: 'retry', waitMs, error: { ...error, ErrorType } } as const;
      assert.equal(texts.of(state, RATES, false).text, text);
    }
  });

  for (const language of LANGUAGES) {
    it(`keeps every text under 20 characters in ${language}`, () => {
      const theirs = new Statuses(wordsIn(language));
      const states: ShownState[] = [
        ...(['idle', 'connecting', 'draining', 'paused', 'stopped', 'streaming'] as const).map((name) => ({
          name,
        })),
        { ...waiting, reason: 'media' },
        { name: 'stopped', end: { reason: 'until', chunks: 1 } },
      ];
      for (const bitsPerSecond of [undefined, 0, 999_999, 99_900_000, 200_000_000]) {
        for (const framesPerSecond of [0, 29.97, 120, 5_000]) {
          for (const MillisBehindNow of [0, 9_990, 99_900, 5_999_000, 86_400_000, 172_800_000]) {
            for (const isCatchingUp of [false, true]) {
              const rates = { bitsPerSecond, framesPerSecond, MillisBehindNow, isCatchingUp, silentMs: 0 };
              for (const state of states) {
                const { text = '' } = theirs.of(state, rates, false);
                assert.ok(text.length > 0 && text.length < 20, text);
              }
            }
          }
        }
      }
      for (const key of ['status.idle', 'status.error']) {
        assert.ok(wordsIn(language).text(key).length < 20, key);
      }
    });
  }
});

describe('the rates of a status', () => {
  /** A camera with 25 frames a second and sound; chunks of 1 to 9 s that come when they are complete. */
  function feed(seconds: readonly number[], eachMs: (lengthMs: number) => number): Rates[] {
    const media = new MediaTotals();
    const counters = { bytes: 0, media, MillisBehindNow: 60_000 };
    const meter = new RateMeter();
    meter.restart(counters, 0);
    let [now, ProducerTimestamp] = [0, 1_000_000];
    return seconds.map((length) => {
      const lengthMs = length * 1_000;
      now += eachMs(lengthMs);
      // The last frame's duration is not declared.
      media.add({
        ...{ ProducerTimestamp, lengthMs: lengthMs - 40 },
        ...{ sizeInBytes: length * 250_000, videoFrames: length * 25 },
      });
      counters.bytes += length * 250_000;
      ProducerTimestamp += lengthMs;
      return meter.rates(now);
    });
  }
  const UNEVEN = [2, 1, 9, 2, 2, 5, 1, 3, 9, 1, 1, 2, 4, 8, 2];

  it('are those of the media, steady over chunks of uneven length, and count video frames alone', () => {
    for (const rates of feed(UNEVEN, (lengthMs) => lengthMs).slice(2)) {
      assert.equal(Math.round(rates.framesPerSecond ?? 0), 25);
      assert.equal(Math.round((rates.bitsPerSecond ?? 0) / 100_000), 20);
      assert.equal(rates.isCatchingUp, false);
    }
  });

  it('stay those of the media while old media are read faster than they were made', () => {
    for (const rates of feed(UNEVEN, () => 20).slice(2)) {
      assert.equal(Math.round(rates.framesPerSecond ?? 0), 25);
      assert.equal(rates.isCatchingUp, true);
    }
  });

  it('do not count a gap in the media as their length', () => {
    const totals = new MediaTotals();
    const one = { lengthMs: 2_000, sizeInBytes: 1, videoFrames: 50 };
    totals.add({ ...one, ProducerTimestamp: 0 });
    totals.add({ ...one, ProducerTimestamp: 3_600_000 });
    assert.equal(totals.lengthMs, 4_000);
  });
});

describe('the status of a session', () => {
  const clock = new VirtualClock();
  const shown: { fill?: string | undefined; text?: string | undefined; kvs: KvsState }[] = [];
  const status = new SessionStatus(
    {
      words: english,
      status: (one) => {
        shown.push(one);
      },
    },
    clock,
  );
  const counters = { bytes: 0, media: new MediaTotals(), MillisBehindNow: undefined };
  const session: { state: State; counters: ShownSession['counters'] } = { state: { name: 'idle' }, counters };
  const enter = async (state: State): Promise<void> => {
    session.state = state;
    status.update();
    await clock.advance(1_000);
  };
  const call = new AbortController();

  it('stays blue while a silent camera is asked again, and is sent once', async () => {
    status.follow(session, 'door');
    await enter({ name: 'connecting', call });
    const cancel = (): void => undefined;
    for (let i = 0; i < 5; i++) {
      await enter({ name: 'waiting', reason: 'media', waitMs: 1_000, cancel });
      await enter({ name: 'resolving', call });
      await enter({ name: 'connecting', call });
    }
    assert.deepEqual(
      shown.map(({ fill, kvs: { state, StreamName } }) => [fill, state, StreamName]),
      [
        ['yellow', 'connecting', 'door'],
        ['blue', 'waiting', 'door'],
      ],
    );
  });

  it('is yellow once a call fails, and says since when', async () => {
    const before = clock.now();
    await enter({ name: 'waiting', reason: 'retry', waitMs: 5_000, error, cancel: () => undefined });
    await enter({ name: 'connecting', call });
    assert.deepEqual(
      shown.slice(2).map(({ fill, kvs: { state, ErrorType } }) => [fill, state, ErrorType]),
      [
        ['yellow', 'retrying', 'ServiceUnavailable'],
        ['yellow', 'connecting', undefined],
      ],
    );
    const since = shown[2]?.kvs.since ?? 0;
    assert.ok(since >= before && since <= before + 1_000, String(since - before));
    status.leave();
  });
});
