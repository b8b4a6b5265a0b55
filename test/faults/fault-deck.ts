import { ERROR_TABLE, IN_BAND_TABLE, type ErrorClass } from '../../src/session';
import { EBML_HEADER } from '../../testing/matroska-writer';
import type { Fault, FaultKind } from '../../src/simulator';

/** Of a call that a fault is wanted for. */
export interface CallContext {
  readonly stream: string;
  readonly operation: 'GetMedia' | 'GetDataEndpoint';
  /** The chunk that the response will begin with, by its place in the stream; undefined where that is not known. */
  readonly first: number | undefined;
  /** How often the chunk has been spoilt already: three times in a row it would be given up, by design. */
  readonly spoilt: (position: number) => number;
  /**
   * Frames are sent as they come. Error tags that break into a frame would be taken for its rest: nothing in the format
   * could tell, and chunk by chunk nothing is lost by it, since such a chunk has no closing tags.
   */
  readonly framed: boolean;
  /** Falling back once more would go below every exact way of naming the position. */
  readonly mayLoseSight: boolean;
}

export interface Draw {
  readonly fault: Fault;
  readonly card: Card;
  /** The chunks of which one will arrive spoilt. */
  readonly spoils?: readonly number[];
  /** The chunk that the service leaves out, without a word. */
  readonly leavesOut?: number;
}

/** One fault to come: gives its exact form for a call, or nothing where it does not suit that call. */
interface Card {
  readonly kind: FaultKind;
  readonly deal: (call: CallContext) => Dealt;
}

type Dealt = Omit<Draw, 'card'> | undefined;

const STATUS: Readonly<Record<ErrorClass, readonly number[]>> = {
  throttled: [400, 429],
  transient: [500, 503],
  endpoint: [400],
  credentials: [403, 400],
  clock: [403],
  position: [400],
  refused: [403, 404],
  configuration: [400],
};

/** Given by this package, never by the service. */
const OWN = [
  'NetworkError',
  'StalledStream',
  'MalformedMedia',
  'TruncatedChunk',
  'ChunkTooLarge',
  'FragmentGap',
  'AckTimeout',
  'InvalidInput',
  'MissingCredentials',
  'InvalidEndpoint',
];
const UNKNOWN: readonly (readonly [string, number])[] = [
  ['SomethingNewException', 400],
  ['SomethingNewException', 403],
  ['SomethingNewException', 429],
  ['SomethingNewException', 500],
  ['SomethingNewException', 502],
];
const BODIES = ['json', 'xml', 'html', 'empty'] as const;
const STYLES = ['plain', 'decorated', 'documented'] as const;

/** How many faults of all kinds a whole deck has, at least. */
const WHOLE_DECK = 1_000;

/** All kinds of faults the simulator knows, in random order. */
export class FaultDeck {
  readonly #cards: Card[];
  readonly #random: () => number;
  readonly #share: number;

  /** @param faults how many there are at least; of each kind there is always one */
  constructor(random: () => number, faults: number) {
    this.#random = random;
    this.#share = faults / WHOLE_DECK;
    this.#cards = [
      ...this.#httpErrors(3),
      ...this.#inBandErrors(7),
      ...this.#times(110, 'cut', (call) => this.#ending(call, 'cut')),
      ...this.#times(60, 'stall', (call) => this.#ending(call, 'stall')),
      ...this.#times(110, 'early-end', (call) => this.#ending(call, 'early-end')),
      ...this.#times(60, 'corrupt', (call) => this.#corrupt(call)),
      ...this.#times(70, 'garbage', (call) => this.#garbage(call)),
      ...this.#times(60, 'duplicate-chunk', ({ stream }) => ({
        fault: { kind: 'duplicate-chunk', stream, afterChunks: this.#below(5) },
      })),
      ...this.#times(70, 'missing-tail', (call) =>
        this.#spoil(call, (stream, afterChunks) => ({ kind: 'missing-tail', stream, afterChunks })),
      ),
      ...this.#times(40, 'drop-chunk', (call) => this.#leaveOut(call, 'drop-chunk')),
      ...this.#times(40, 'clusterless-chunk', (call) => this.#leaveOut(call, 'clusterless-chunk')),
      ...this.#times(50, 'moved-endpoint', ({ stream, operation }) =>
        operation === 'GetMedia' ? { fault: { kind: 'moved-endpoint', stream } } : undefined,
      ),
      ...this.#times(40, 'expired-credentials', ({ stream, operation }) => ({
        fault: { kind: 'expired-credentials', stream, operation },
      })),
      ...this.#times(60, 'reset', ({ stream, operation }) => ({
        fault: { kind: 'reset', stream, operation },
      })),
      ...this.#times(30, 'refuse-connection', ({ stream, operation }) => ({
        fault: { kind: 'refuse-connection', stream, operation, forMs: 100 + this.#below(20_000) },
      })),
      ...this.#times(40, 'slow-head', ({ stream, operation }) => ({
        fault: { kind: 'slow-head', stream, operation, delayMs: 10 + this.#below(12_000) },
      })),
      ...this.#times(20, 'clock-skew', ({ stream }) => ({
        fault: {
          kind: 'clock-skew',
          stream,
          offsetMs: (this.#below(2) * 2 - 1) * (20 + this.#below(600)) * 60_000,
        },
      })),
    ];
    this.#shuffle();
  }

  get left(): number {
    return this.#cards.length;
  }

  /** The next fault that suits the call. */
  draw(call: CallContext): Draw | undefined {
    for (let i = this.#cards.length - 1; i >= 0; i--) {
      const card = this.#cards[i];
      const draw = card?.deal(call);
      if (card !== undefined && draw !== undefined) {
        this.#cards.splice(i, 1);
        return { ...draw, card };
      }
    }
    return undefined;
  }

  /** Of a draw that met no call. */
  putBack({ card }: Draw): void {
    this.#cards.unshift(card);
  }

  /** @param count of them in a whole deck */
  #times(count: number, kind: FaultKind, deal: Card['deal']): Card[] {
    const onlyMedia = !HEAD_KINDS.has(kind);
    return Array.from({ length: Math.ceil(count * this.#share) }, () => ({
      kind,
      deal: (call) => (onlyMedia && call.operation !== 'GetMedia' ? undefined : deal(call)),
    }));
  }

  #httpErrors(times: number): Card[] {
    const rows = Object.entries(ERROR_TABLE).filter(([name]) => !OWN.includes(name));
    const named = rows.flatMap(([ErrorType, row]) =>
      STATUS[row.class].slice(0, 1 + this.#below(2)).map((statusCode) => [ErrorType, statusCode] as const),
    );
    return [...named, ...UNKNOWN].flatMap(([ErrorType, statusCode]) =>
      this.#times(times, 'http-error', ({ stream, operation, mayLoseSight }) =>
        !mayLoseSight && (ErrorType === 'InvalidArgumentException' || ErrorType === 'ValidationException')
          ? undefined
          : {
              fault: {
                kind: 'http-error',
                stream,
                operation,
                ErrorType,
                statusCode,
                // In a page or an empty body the header alone names the error.
                body: pick(BODIES, this.#random),
                headerStyle: pick(STYLES, this.#random),
              },
            },
      ),
    );
  }

  #inBandErrors(times: number): Card[] {
    return [...Object.keys(IN_BAND_TABLE).map(Number), 4999].flatMap((ErrorId) =>
      this.#times(times, 'in-band-error', (call) => {
        const { stream } = call;
        if (ErrorId === 4000 && !call.mayLoseSight) {
          return undefined;
        }
        return this.#below(2) === 0 || call.framed
          ? { fault: { kind: 'in-band-error', stream, ErrorId, afterChunks: this.#below(4) } }
          : this.#spoil(call, (name, afterChunks) => ({
              kind: 'in-band-error',
              stream: name,
              ErrorId,
              afterChunks,
              mid: true,
            }));
      }),
    );
  }

  #ending(call: CallContext, kind: 'cut' | 'stall' | 'early-end'): Dealt {
    switch (this.#below(3)) {
      case 0:
        return { fault: { kind, stream: call.stream, afterChunks: this.#below(6) } };
      case 1:
        return this.#spoil(call, (stream, midChunk) => ({ kind, stream, midChunk }));
      default:
        // Anywhere at all, in the head of the first chunk as in the tail of a later one.
        return this.#spoil(call, (stream) => ({ kind, stream, afterBytes: 1 + this.#below(2_500) }), 1, 8);
    }
  }

  /**
   * Only where it shows: noise in a frame or in a tag makes a chunk like any other, and a size that lies may end where
   * by chance another element begins. Nothing in the format could tell; TCP's and TLS's checks keep such bytes away.
   */
  #corrupt(call: CallContext): Dealt {
    const offset = this.#below(2) * EBML_HEADER.length;
    const make = (stream: string): Fault => ({
      kind: 'corrupt',
      stream,
      offset,
      length: 4 + this.#below(12),
    });
    return this.#spoil(call, make, 1);
  }

  #garbage(call: CallContext): Dealt {
    switch (this.#below(3)) {
      case 0:
        return this.#spoil(call, (stream, afterChunks) => ({
          kind: 'garbage',
          stream,
          afterChunks,
          html: true,
        }));
      case 1:
        return this.#spoil(call, (stream) => ({ kind: 'garbage', stream, whole: true }), 1);
      default:
        return this.#spoil(call, (stream, afterChunks) => ({
          kind: 'garbage',
          stream,
          afterChunks,
          bytes: 1 + this.#below(3_000),
        }));
    }
  }

  /** A fault that spoils one of the first chunks, as long as that has not happened to it too often. */
  #spoil(
    { first, stream, spoilt }: CallContext,
    make: (stream: string, index: number) => Fault,
    indices = 4,
    reach = 2,
  ): Dealt {
    if (first === undefined) {
      return undefined;
    }
    const index = this.#below(indices);
    const spoils = Array.from({ length: reach }, (_, i) => first + index + i);
    return [first, ...spoils].some((position) => spoilt(position) >= 2)
      ? undefined
      : { fault: make(stream, index), spoils };
  }

  #leaveOut(call: CallContext, kind: 'drop-chunk' | 'clusterless-chunk'): Dealt {
    const afterChunks = this.#below(4);
    return call.first === undefined
      ? undefined
      : { fault: { kind, stream: call.stream, afterChunks }, leavesOut: call.first + afterChunks };
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #shuffle(): void {
    for (let i = this.#cards.length - 1; i > 0; i--) {
      const other = this.#below(i + 1);
      const [a, b] = [this.#cards[i], this.#cards[other]];
      if (a !== undefined && b !== undefined) {
        this.#cards[i] = b;
        this.#cards[other] = a;
      }
    }
  }
}

const HEAD_KINDS: ReadonlySet<FaultKind> = new Set<FaultKind>([
  'http-error',
  'expired-credentials',
  'reset',
  'refuse-connection',
  'slow-head',
  'clock-skew',
]);

export function pick<T>(choices: readonly [T, ...T[]] | readonly T[], random: () => number): T {
  const chosen = choices[Math.floor(random() * choices.length)];
  if (chosen === undefined) {
    throw new RangeError('There is nothing to choose from.');
  }
  return chosen;
}
