import type { KinesisVideoService, MediaResponse, MediaService } from '../../src/kinesis-video';
import type { StartSelector, StreamRef } from '../../src/options';
import type { Fault, Simulator } from '../../src/simulator';
import type { Consumer } from './consumer';
import type { CallContext, Draw, FaultDeck } from './fault-deck';
import type { LeapingClock } from '../../testing/leaping-clock';

export interface SaboteurOptions {
  readonly simulator: Simulator;
  readonly deck: FaultDeck;
  readonly clock: LeapingClock;
  readonly tokensInclusive: boolean;
}

/** Chance of a fault for a call, and of a second one for the same. */
const FAULT = 0.92;
const SECOND = 0.1;
const CLOCK_FAULT_MS = 90_000;
const KEPT_DRAWS = 12;

/** What the service answers to the sixth call of a second and to the fourth connection. */
export const TOO_MANY = /^(Client|Connection)LimitExceededException$/;

/**
 * The real service object, and a fault from the deck for nearly every call that goes through it. Choosing it only
 * now is what lets a fault be aimed at a chunk.
 */
export class Saboteur implements MediaService {
  consumer: Consumer | undefined;
  /** When GetMedia was called, by the session's clock. */
  readonly calls: number[] = [];
  readonly #spoilt = new Map<number, number>();
  #asksEndpoint = true;
  /** How often it was asked to refuse a call as too many. */
  tooMany = 0;
  /** The last faults, for whoever looks into a problem. */
  readonly lastDraws: string[] = [];
  #fallBacks = 0;
  /** In the book and not met yet. */
  readonly #waiting = new Map<string, Draw>();

  constructor(
    private readonly service: KinesisVideoService,
    private readonly options: SaboteurOptions,
    /** Faults by kind that have met a call. */
    private readonly met: Map<string, number>,
  ) {}

  async resolveEndpoint(stream: StreamRef, signal: AbortSignal): Promise<string> {
    if (this.#asksEndpoint) {
      this.#asksEndpoint = false;
      if (this.options.clock.random() < 0.3) {
        this.#sabotage({ ...this.#context(stream, undefined), operation: 'GetDataEndpoint' });
      }
    }
    return this.#watched(this.service.resolveEndpoint(stream, signal));
  }

  async getMedia(stream: StreamRef, selector: StartSelector, signal: AbortSignal): Promise<MediaResponse> {
    const { clock } = this.options;
    this.calls.push(clock.now());
    const exact = selector.StartSelectorType === 'CONTINUATION_TOKEN';
    this.#fallBacks = exact ? 0 : this.#fallBacks + 1;
    this.settle();
    this.#takeBack();
    if (clock.random() < FAULT) {
      this.#sabotage(this.#context(stream, selector));
    }
    // A second one would move what noise is aimed at.
    if (
      clock.random() < SECOND &&
      ![...this.#waiting.values()].some(({ fault }) => fault.kind === 'corrupt')
    ) {
      this.#sabotage(this.#context(stream, selector));
    }
    return this.#watched(this.service.getMedia(stream, selector, signal));
  }

  forgetEndpoint(stream: StreamRef): void {
    this.#asksEndpoint = true;
    this.service.forgetEndpoint(stream);
  }

  forgetCredentials(): void {
    this.service.forgetCredentials();
  }

  get clockOffsetMs(): number {
    return this.service.clockOffsetMs;
  }

  correctClock(serverTime: number): void {
    this.service.correctClock(serverTime);
  }

  async #watched<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } finally {
      this.options.clock.alive();
    }
  }

  #context({ StreamName }: StreamRef, selector: StartSelector | undefined): CallContext {
    const { consumer } = this;
    const first = selector && consumer?.firstOf(selector, this.options.tokensInclusive);
    return {
      stream: StreamName,
      operation: 'GetMedia',
      first,
      framed: consumer?.options.emit === 'frame',
      spoilt: (position) => this.#spoilt.get(position) ?? 0,
      mayLoseSight:
        selector !== undefined &&
        this.#fallBacks < 2 &&
        selector.StartSelectorType !== 'NOW' &&
        selector.StartSelectorType !== 'EARLIEST',
    };
  }

  #sabotage(call: CallContext): void {
    const { simulator, deck, clock } = this.options;
    const draw = deck.draw(call);
    if (draw === undefined) {
      return;
    }
    this.lastDraws.push(
      `at ${Math.round(clock.now())}, from chunk ${call.first ?? '?'}: ${JSON.stringify(draw.fault)}`,
    );
    this.lastDraws.splice(0, this.lastDraws.length - KEPT_DRAWS);
    for (const position of draw.spoils ?? []) {
      this.#spoilt.set(position, (this.#spoilt.get(position) ?? 0) + 1);
    }
    if (draw.leavesOut !== undefined) {
      this.consumer?.leftOut.add(draw.leavesOut);
    }
    const id = simulator.faults.add(draw.fault);
    if (draw.fault.kind === 'clock-skew') {
      this.#count(draw.fault);
      clock.after(CLOCK_FAULT_MS * (0.2 + clock.random()), () => {
        simulator.faults.clear(id);
      });
    } else {
      this.#waiting.set(id, draw);
    }
  }

  /** Counts the faults that are gone from the book: they have met their call. */
  settle(): void {
    const left = new Set(this.options.simulator.faults.list().map(({ id }) => id));
    for (const [id, { fault }] of this.#waiting) {
      if (!left.has(id)) {
        this.#waiting.delete(id);
        this.#count(fault);
      }
    }
  }

  /** What was aimed at a call that failed for another reason would hit the wrong chunk of the next one. */
  #takeBack(): void {
    for (const [id, draw] of this.#waiting) {
      this.options.simulator.faults.clear(id);
      this.options.deck.putBack(draw);
    }
    this.#waiting.clear();
  }

  #count(fault: Fault): void {
    const { kind } = fault;
    this.met.set(kind, (this.met.get(kind) ?? 0) + 1);
    this.tooMany += kind === 'http-error' && TOO_MANY.test(fault.ErrorType) ? 1 : 0;
  }
}
