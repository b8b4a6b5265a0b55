import { EPOCH, type ModelFragment } from './model-stream';
import type { CallLog, FlowEvent, ResponseLog, RunLog, SentPiece, SessionLog } from './run-log';
import type { FlawKind, Scenario } from './scenario';

/** A chunk that has come broken so often may be given up. */
export const TRIES = 3;

export interface Sending {
  readonly response: ResponseLog;
  readonly sent: SentPiece;
}

export interface ErrorEvent {
  readonly at: number;
  /** Its place among all events. */
  readonly order: number;
  readonly error: Extract<FlowEvent, { kind: 'error' }>['error'];
}

const CUTS: readonly FlawKind[] = ['end', 'break', 'stall', 'next'];
/** The chunk itself is good, whatever lies before or in it. */
const HARMLESS: readonly FlawKind[] = ['garbage', 'lying-void', 'error-beside-media', 'error-alone'];

/** What is known of one Session object from the log alone. */
export class SessionFacts {
  readonly log: SessionLog;
  readonly calls: readonly CallLog[];
  readonly responses: readonly ResponseLog[];
  readonly events: readonly (FlowEvent & { readonly order: number })[];
  readonly errors: readonly ErrorEvent[];
  /** Index of each fragment that was sent on whole, with its place among the events. */
  readonly delivered = new Map<number, number>();
  /** Fragments of which a skip was reported by number, likewise. */
  readonly skipped = new Map<number, number>();
  /** The fragment of the checkpoint it began with; -1 without one. */
  readonly position: number;
  /** From here on every fragment has to be accounted for; Infinity where nothing was ever answered. */
  readonly firstDue: number;
  readonly isLast: boolean;

  constructor(
    readonly scenario: Scenario,
    readonly fragments: readonly ModelFragment[],
    run: RunLog,
    index: number,
  ) {
    const log = run.sessions[index];
    if (log === undefined) {
      throw new Error(`There is no session ${String(index)}.`);
    }
    this.log = log;
    this.isLast = index === run.sessions.length - 1;
    this.calls = run.calls.filter(({ session }) => session === index);
    this.responses = this.calls.flatMap(({ response }) => response ?? []);
    this.events = run.events
      .map((event, order) => ({ ...event, order }))
      .filter(({ session }) => session === index);
    this.errors = this.events.flatMap((event) =>
      event.kind === 'error' ? [{ at: event.at, order: event.order, error: event.error }] : [],
    );
    this.#learnDelivered();
    for (const { order, error } of this.errors) {
      const skipped = this.indexOf(error.FragmentNumber);
      if (error.action === 'skip' && skipped >= 0 && !this.skipped.has(skipped)) {
        this.skipped.set(skipped, order);
      }
    }
    this.position = this.indexOf(log.position?.FragmentNumber);
    this.firstDue = this.#firstDue();
  }

  indexOf(FragmentNumber: string | undefined): number {
    return FragmentNumber === undefined
      ? -1
      : this.fragments.findIndex(({ number }) => number === FragmentNumber);
  }

  response(RequestId: string | null): ResponseLog | undefined {
    return this.responses.find((response) => response.RequestId === RequestId);
  }

  /** Each time that the fragment, or some of it, has come. */
  sendings(fragment: number): Sending[] {
    return this.responses.flatMap((response) =>
      response.pieces
        .filter(({ piece, given }) => piece.fragment.index === fragment && given > 0)
        .map((sent) => ({ response, sent })),
    );
  }

  /** How often the fragment has come in a way that justifies giving it up; cuts count where they are at the same byte. */
  failures(fragment: number): number {
    const cuts = new Map<number, number>();
    let others = 0;
    for (const { sent } of this.sendings(fragment)) {
      const kind = sent.piece.flaw?.kind;
      const isCut = sent.interrupted !== undefined && sent.interrupted !== 'next' && kind !== 'error-alone';
      if (isCut) {
        cuts.set(sent.given, (cuts.get(sent.given) ?? 0) + 1);
      } else if (kind !== undefined && !HARMLESS.includes(kind) && !sent.piece.good) {
        others++;
      }
    }
    return others + Math.max(0, ...cuts.values());
  }

  /**
   * How often something was wrong after the last chunk before the fragment that named no chunk. Nothing tells one such
   * thing from another but its order.
   */
  namelessFailures(fragment: number): number {
    const before = this.delivered.get(this.handledBefore(fragment)) ?? -1;
    const next = [...this.delivered].filter(([index]) => index > fragment).map(([, order]) => order);
    return this.errors.filter(
      ({ error, order }) =>
        order > before &&
        order < Math.min(...next) &&
        error.FragmentNumber === undefined &&
        (error.ErrorType === 'MalformedMedia' || error.ErrorType === 'ChunkTooLarge'),
    ).length;
  }

  /** Has the fragment come with something wrong in this response? */
  isFlawedIn(response: ResponseLog, fragment: number): boolean {
    return response.pieces.some(
      ({ piece, given }) => piece.fragment.index === fragment && given > 0 && !piece.good,
    );
  }

  /** Has all of it come once, with nothing wrong? */
  cameWhole(fragment: number): boolean {
    return this.sendings(fragment).some(
      ({ sent }) =>
        sent.piece.good && sent.piece.flaw?.kind !== 'lying-void' && sent.given >= sent.piece.chunk.length,
    );
  }

  /** Its head came, and the next chunk after it: as far as could be told it was one without media. */
  seemsEmpty(fragment: number): boolean {
    return this.sendings(fragment).some(
      ({ sent: { piece, given } }) =>
        piece.flaw?.kind === 'next' && piece.flaw.at === 'media' && given >= piece.numberAt,
    );
  }

  /** It has come without its first bytes, right after rubbish: there was nothing to tell it from that. */
  isHiddenInRubbish(fragment: number): boolean {
    return this.responses.some(({ pieces }) =>
      pieces.some(({ piece }, place) => {
        const before = pieces[place - 1]?.piece;
        return (
          piece.fragment.index === fragment &&
          piece.flaw?.at === 'header' &&
          (piece.flaw.kind === 'damage' || piece.flaw.kind === 'next') &&
          before !== undefined &&
          (!before.good || before.fragment.plan.content === 'too-large')
        );
      }),
    );
  }

  /** Did the service pass it over, since it was no longer kept or since the session had to ask in an inexact way? */
  passedOver(fragment: number): boolean {
    const { retention } = this.scenario.service;
    const gone = retention > 0 ? (this.fragments[fragment]?.end ?? 0) + retention : Infinity;
    return (
      this.responses.some(({ dropped, opened }) => dropped.includes(fragment) || opened > gone) ||
      this.inexactlyPassed(fragment)
    );
  }

  /** A response that was asked for by time, or by the settings, began after it, before what follows it was sent on. */
  inexactlyPassed(fragment: number): boolean {
    const next = Math.min(...[...this.delivered.keys()].filter((index) => index > fragment));
    const until = this.events.find(
      (event) =>
        (event.kind === 'chunk' || event.kind === 'frame') && this.indexOf(event.FragmentNumber) === next,
    )?.at;
    return this.calls.some(({ response, selector }) => {
      const first = response?.pieces.find(({ piece }) => piece.flaw?.kind !== 'error-alone');
      const isLater =
        first === undefined
          ? selector?.StartSelectorType === 'NOW' && this.firstDue <= fragment && this.hasLostSight
          : first.piece.fragment.index > fragment;
      return (
        isLater &&
        selector?.StartSelectorType !== 'FRAGMENT_NUMBER' &&
        selector?.StartSelectorType !== 'CONTINUATION_TOKEN' &&
        response !== undefined &&
        response.opened >= (this.fragments[fragment]?.[first === undefined ? 'end' : 'begin'] ?? 0) &&
        response.opened <= (until ?? Infinity)
      );
    });
  }

  /** The nearest fragment before that was sent on, or reported by number, before this event; or the checkpoint's. */
  handledBefore(fragment: number, order = Infinity): number {
    const handled = [...this.delivered, ...this.skipped].flatMap(([index, when]) =>
      index < fragment && when < order ? [index] : [],
    );
    return Math.max(this.position < fragment ? this.position : -1, -1, ...handled);
  }

  /** Sent on or skipped before that time, or before this session. */
  wasHandled(fragment: number, time: number): boolean {
    const order = this.delivered.get(fragment) ?? this.skipped.get(fragment);
    const at = this.events.find((event) => event.order === order)?.at;
    return fragment <= this.position || fragment < this.firstDue || (at !== undefined && at < time);
  }

  /** The service did not know a position, so that the session had to name it in another way. */
  get hasLostSight(): boolean {
    return (
      this.calls.some(({ refusedWith }) => refusedWith?.ErrorType === 'InvalidArgumentException') ||
      this.responses.some(({ pieces }) =>
        pieces.some(({ piece, given }) => piece.flaw?.ErrorId === 4000 && piece.errorAt <= given),
      )
    );
  }

  #learnDelivered(): void {
    const frames = new Map<number, Set<number>>();
    for (const event of this.events) {
      if (event.kind === 'chunk') {
        this.delivered.set(this.indexOf(event.FragmentNumber), event.order);
      } else if (event.kind === 'frame') {
        const index = this.indexOf(event.FragmentNumber);
        const seen = frames.get(index) ?? new Set();
        frames.set(index, seen.add(event.index));
        if (seen.size === this.fragments[index]?.frames.length) {
          this.delivered.set(index, event.order);
        }
      }
    }
  }

  #firstDue(): number {
    const { position } = this.log;
    if (position?.FragmentNumber !== undefined) {
      return this.position + 1;
    }
    const answered = this.responses[0]?.opened;
    const endingAfter = (time: number): number => {
      const index = this.fragments.findIndex(({ end }) => end > time);
      return index < 0 ? Infinity : index;
    };
    if (position?.ServerTimestamp !== undefined) {
      return endingAfter(position.ServerTimestamp - EPOCH);
    }
    if (answered === undefined) {
      return Infinity;
    }
    const third = this.fragments[Math.floor(this.fragments.length / 3)];
    switch (this.scenario.reader.start) {
      case 'EARLIEST':
        return (
          this.responses
            .flatMap(({ pieces }) => pieces)
            .find(({ piece }) => piece.flaw?.kind !== 'error-alone')?.piece.fragment.index ?? Infinity
        );
      case 'NOW':
        return endingAfter(answered);
      case 'FRAGMENT_NUMBER':
        return 1;
      case 'SERVER_TIMESTAMP':
        return endingAfter((third?.begin ?? 0) + 100);
    }
  }
}

export function isCut(kind: FlawKind): boolean {
  return CUTS.includes(kind);
}
