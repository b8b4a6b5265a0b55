import fc from 'fast-check';

/** What a scenario is made of: plain data, so that fast-check can shrink it and print it. All times in ms. */
export interface Scenario {
  readonly reader: {
    readonly emit: 'chunk' | 'frame';
    /** 0: no acknowledgements. */
    readonly maxInFlight: number;
    readonly start: 'EARLIEST' | 'NOW' | 'FRAGMENT_NUMBER' | 'SERVER_TIMESTAMP';
    /** From the stream's beginning to the reader's. */
    readonly startsAt: number;
    /** Each message is acknowledged after up to so long, so that the order of acknowledgements varies. */
    readonly ackWithin: number;
  };
  readonly service: {
    /** 0: fragments are kept for the whole scenario. */
    readonly retention: number;
    /** What becomes of a call that names a fragment which is no longer kept. */
    readonly onForgotten: 'oldest' | 'in-band-error' | 'InvalidArgumentException';
    readonly tokens: 'numbers' | 'opaque' | 'none';
    /** A token asks for the chunk that it was sent with, not for the one after it. */
    readonly tokensInclusive: boolean;
    /** `plain`: ascending integers that tell nothing else. */
    readonly numbers: 'aws' | 'plain';
    readonly clusterSize: 'known' | 'unknown';
    /** Where a time lies between two chunks, the service begins at the one before it. */
    readonly beforeSilence: boolean;
    /** A response is ended after this long; 0: never. */
    readonly maxAge: number;
    /** Bytes that the way to the reader holds while reading is paused. */
    readonly window: number;
    readonly slice: number;
  };
  readonly fragments: readonly FragmentPlan[];
  readonly flaws: readonly Flaw[];
  readonly calls: readonly CallFault[];
  readonly acts: readonly Act[];
  readonly store: readonly StoreFault[];
  /** For the flow's and the session's own chance. */
  readonly chance: number;
}

export interface FragmentPlan {
  /** Of the producer, before this fragment. */
  readonly silence: number;
  readonly duration: number;
  readonly frames: number;
  /** The producer has restarted: numbers jump to a new block, timecodes begin at 0. */
  readonly restart: boolean;
  readonly content: 'media' | 'no-cluster' | 'too-large';
}

/** Up to where a chunk's bytes are good or are sent. */
export const LANDMARKS = ['header', 'tracks', 'number', 'media', 'tail', 'closing'] as const;
export type Landmark = (typeof LANDMARKS)[number];

export const FLAW_KINDS = [
  // The response ends cleanly, breaks, or falls silent within the chunk; or the next chunk begins within it.
  'end',
  'break',
  'stall',
  'next',
  // The chunk is complete, but for its fragment number.
  'no-number',
  // Neither number nor closing tags.
  'no-tags',
  // Bytes at the landmark are overwritten.
  'damage',
  // The last block claims bytes of what follows, or more than any chunk may have.
  'swallow',
  'huge',
  // What is no chunk lies before the chunk.
  'garbage',
  'lying-void',
  // Error tags within the chunk, which is complete.
  'error-beside-media',
  // A chunk with error tags and no cluster comes in place of the chunk, and the response ends.
  'error-alone',
] as const;
export type FlawKind = (typeof FLAW_KINDS)[number];

/** What is wrong with one fragment, as it is sent the next so many times. */
export interface Flaw {
  /** Modulo the number of fragments. */
  readonly fragment: number;
  readonly kind: FlawKind;
  readonly at: Landmark;
  /** Further in each time, by so many bytes. */
  readonly growing: number;
  readonly times: number;
  readonly ErrorId: number;
}

/** Of a flaw that the service keeps with the fragment. */
export const ALWAYS = 1_000;

export interface CallFault {
  /** 0: the first GetMedia call of the scenario. */
  readonly call: number;
  readonly kind:
    | 'throttled'
    | 'server-error'
    | 'network-error'
    | 'expired-credentials'
    | 'moved-endpoint'
    | 'refused'
    | 'no-endpoint'
    | 'slow-answer'
    | 'ends-at-once'
    | 'position-in-band'
    | 'position-argument';
}

export interface Act {
  readonly at: number;
  readonly kind: 'pause' | 'redeploy' | 'kill' | 'clock-jump';
  /** How long the pause lasts, or how far the wall clock jumps. */
  readonly by: number;
}

export interface StoreFault {
  /** 0: the first write of the scenario. */
  readonly write: number;
  readonly kind: 'slow' | 'lost-callback' | 'lost' | 'error';
}

const SECOND = 1_000;
const DAY = 86_400 * SECOND;

const fragment: fc.Arbitrary<FragmentPlan> = fc.record({
  silence: fc.oneof(
    { weight: 8, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 2_900 }) },
    { weight: 1, arbitrary: fc.integer({ min: 3 * SECOND, max: 40 * SECOND }) },
  ),
  duration: fc.integer({ min: 200, max: 4 * SECOND }),
  frames: fc.integer({ min: 1, max: 4 }),
  restart: often(10, false, true),
  content: often<FragmentPlan['content']>(16, 'media', 'no-cluster', 'too-large'),
});

const flaw: fc.Arbitrary<Flaw> = fc.record({
  fragment: fc.nat({ max: 15 }),
  kind: fc.constantFrom(...FLAW_KINDS),
  at: fc.constantFrom(...LANDMARKS),
  growing: often(3, 0, 7),
  times: fc.constantFrom(1, 1, 1, 2, 3, 4, ALWAYS),
  ErrorId: fc.constantFrom(3002, 4000, 4500, 5000, 9999),
});

const call: fc.Arbitrary<CallFault> = fc.record({
  call: fc.nat({ max: 12 }),
  kind: fc.constantFrom<CallFault['kind']>(
    'throttled',
    'server-error',
    'network-error',
    'expired-credentials',
    'moved-endpoint',
    'refused',
    'no-endpoint',
    'slow-answer',
    'ends-at-once',
    'position-in-band',
    'position-argument',
    'position-in-band',
    'position-argument',
  ),
});

const at = fc.integer({ min: 0, max: 60 * SECOND });
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    at,
    kind: fc.constant<Act['kind']>('pause'),
    by: fc.oneof(
      fc.integer({ min: 1, max: 20 * SECOND }),
      fc.integer({ min: 20 * SECOND, max: 90 * SECOND }),
    ),
  }),
  fc.record({ at, kind: fc.constantFrom<Act['kind']>('redeploy', 'kill'), by: fc.constant(0) }),
  fc.record({
    at,
    kind: fc.constant<Act['kind']>('clock-jump'),
    by: fc.oneof(
      fc.integer({ min: -2 * 3_600 * SECOND, max: 2 * 3_600 * SECOND }),
      fc.integer({ min: -40 * DAY, max: 40 * DAY }),
    ),
  }),
);

const storeFault: fc.Arbitrary<StoreFault> = fc.record({
  write: fc.nat({ max: 12 }),
  kind: fc.constantFrom<StoreFault['kind']>('slow', 'lost-callback', 'lost', 'error'),
});

export const scenario: fc.Arbitrary<Scenario> = fc.record({
  reader: fc.record({
    emit: often<'chunk' | 'frame'>(2, 'chunk', 'frame'),
    maxInFlight: fc.constantFrom(0, 0, 0, 1, 2, 5),
    start: fc.constantFrom<Scenario['reader']['start']>(
      'EARLIEST',
      'EARLIEST',
      'NOW',
      'NOW',
      'FRAGMENT_NUMBER',
      'SERVER_TIMESTAMP',
    ),
    startsAt: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20 * SECOND })),
    ackWithin: fc.oneof(fc.integer({ min: 0, max: 5 * SECOND }), fc.integer({ min: 0, max: 40 * SECOND })),
  }),
  service: fc.record({
    retention: fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 5 * SECOND, max: 30 * SECOND })),
    onForgotten: fc.constantFrom<Scenario['service']['onForgotten']>(
      'oldest',
      'in-band-error',
      'InvalidArgumentException',
    ),
    tokens: fc.constantFrom<Scenario['service']['tokens']>('numbers', 'opaque', 'none'),
    tokensInclusive: fc.boolean(),
    numbers: often<'aws' | 'plain'>(4, 'aws', 'plain'),
    clusterSize: fc.constantFrom<'known' | 'unknown'>('known', 'unknown'),
    beforeSilence: fc.boolean(),
    maxAge: fc.oneof(fc.constant(0), fc.integer({ min: 5 * SECOND, max: 60 * SECOND })),
    window: fc.constantFrom(0, 500, 4_000),
    slice: fc.constantFrom(16_384, 16_384, 200, 37),
  }),
  fragments: fc.array(fragment, { minLength: 1, maxLength: 16, size: 'max' }),
  flaws: sometimes(fc.array(flaw, { maxLength: 5, size: 'max' })),
  calls: sometimes(fc.array(call, { maxLength: 4, size: 'max' })),
  acts: sometimes(fc.array(act, { maxLength: 4, size: 'max' })),
  store: sometimes(fc.array(storeFault, { maxLength: 4, size: 'max' })),
  chance: fc.nat({ max: 1_000 }),
});

/** The usual value so many times as often as the others together. */
function often<Value>(times: number, usual: Value, ...others: readonly Value[]): fc.Arbitrary<Value> {
  return fc.oneof(
    { weight: times, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );
}

/** In half of the scenarios, so that each kind of trouble also comes alone. */
function sometimes<Item>(list: fc.Arbitrary<Item[]>): fc.Arbitrary<Item[]> {
  return fc.oneof(fc.constant<Item[]>([]), list);
}
