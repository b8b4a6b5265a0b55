/** Media that the service left out: what shows that some are missing before a chunk. */
import type { ChunkHead } from '../matroska';
import { compareFragmentNumbers, readFragmentNumber } from './fragment-number';
import type { Position } from './stream-cursor';

/** Media that the service left out before a chunk. Times are the service's, ms since the epoch. */
export interface Gap {
  /** The last chunk before it; absent where none is known. */
  readonly AfterFragmentNumber?: string;
  /** End of the last chunk before it, as far as that is known: else its beginning. Absent where no time is known. */
  readonly from?: number;
  /** Beginning of the chunk after it. */
  readonly to?: number;
  /** `to` minus `from`. */
  readonly durationMs?: number;
}

export interface JudgedGap extends Gap {
  /** Nothing shows that media are missing, but the service no longer knew the position, so that they may be. */
  readonly isGuess: boolean;
}

/** What of a chunk the judgement needs. */
export interface PassedChunk {
  readonly FragmentNumber?: string | undefined;
  readonly ServerTimestamp?: number | undefined;
  readonly lengthMs?: number | undefined;
}

interface LastChunk {
  readonly FragmentNumber?: string | undefined;
  readonly beginsAt?: number | undefined;
  readonly endsAt?: number | undefined;
}

/**
 * Judges at every new chunk whether the service has left something out before it, as it does where the retention
 * overtakes a reader. Chunks without media, and those that were skipped with a message, count as passed.
 */
export class GapWatch {
  #last: LastChunk | undefined;
  /** The service did not know the position, which could only be named by its time, or not at all. */
  #lostSight = false;
  /** The service had nothing after the last chunk a moment ago, so nothing can have expired since. */
  #isCaughtUp = false;
  /** The chunk that was judged last. */
  #judged: string | undefined;
  /** A gap before a chunk that was passed, to be reported with the next one that is sent. */
  #owed: JudgedGap | undefined;

  constructor(position?: Position) {
    this.#last = position && {
      FragmentNumber: position.FragmentNumber,
      beginsAt: position.ServerTimestamp ?? timeOf(position.FragmentNumber),
    };
  }

  /** Notes the beginning of a response. @param isCaughtUp it follows at once on one that had nothing */
  responseBegins(isCaughtUp: boolean): void {
    this.#isCaughtUp = isCaughtUp;
  }

  /** The next new chunk may come after a gap that nothing shows. */
  loseSight(): void {
    this.#lostSight = this.#last !== undefined;
  }

  regainSight(): void {
    this.#lostSight = false;
  }

  /** The session has begun NOW, at this time of the service. */
  begin(ServerTimestamp: number): void {
    this.#last = { beginsAt: ServerTimestamp };
  }

  /**
   * The chunk is done with: sent, skipped, without media, or a duplicate.
   *
   * @param isCertain as for `before`
   */
  passed(chunk: PassedChunk, isCertain = false): void {
    const { FragmentNumber, ServerTimestamp, lengthMs } = chunk;
    const last = this.#last?.FragmentNumber;
    if (FragmentNumber === undefined) {
      return;
    }
    const order = last === undefined ? 1 : compareFragmentNumbers(FragmentNumber, last);
    if (order === 0) {
      // The very chunk after which the service was asked: what follows it follows without a gap.
      this.#lostSight = false;
    }
    const after = this.#owed?.AfterFragmentNumber;
    if (order < 0 && after !== undefined && compareFragmentNumbers(FragmentNumber, after) > 0) {
      this.#comesAfterAll(chunk);
    }
    if (order > 0) {
      if (this.#judged !== FragmentNumber) {
        this.#owed ??= this.#judge(chunk, isCertain);
      }
      const beginsAt = ServerTimestamp ?? timeOf(FragmentNumber);
      const endsAt = beginsAt === undefined || lengthMs === undefined ? undefined : beginsAt + lengthMs;
      this.#last = { FragmentNumber, beginsAt, endsAt };
    }
  }

  /**
   * The gap before a new chunk; undefined where it follows on the last one as far as its number shows.
   *
   * @param isCertain a chunk before it was begun, and will not be finished
   */
  before(head: ChunkHead, isCertain = false): JudgedGap | undefined {
    const { FragmentNumber } = head;
    const last = this.#last?.FragmentNumber;
    const order =
      FragmentNumber === undefined || last === undefined ? 1 : compareFragmentNumbers(FragmentNumber, last);
    const owed = this.#owed;
    this.#owed = undefined;
    if (order < 0) {
      this.#comesAfterAll(head);
      return undefined;
    }
    if (order === 0) {
      // The last chunk had no media when it passed; now it arrives with media.
      return owed;
    }
    this.#judged = FragmentNumber;
    const gap = this.#judge(head, isCertain);
    return owed ?? gap;
  }

  /** The chunk seemed to be missing before one that was passed: what follows it is judged again. */
  #comesAfterAll({ FragmentNumber, ServerTimestamp }: PassedChunk): void {
    this.#owed = undefined;
    this.#last = { FragmentNumber, beginsAt: ServerTimestamp ?? timeOf(FragmentNumber) };
  }

  #judge({ FragmentNumber, ServerTimestamp }: PassedChunk, isCertain = false): JudgedGap | undefined {
    const last = this.#last ?? (isCertain ? {} : undefined);
    const [lostSight, isCaughtUp] = [this.#lostSight, this.#isCaughtUp];
    this.#lostSight = false;
    this.#isCaughtUp = false;
    if (last === undefined || FragmentNumber === undefined) {
      return undefined;
    }
    const step =
      last.FragmentNumber === undefined ? 'session' : stepBetween(last.FragmentNumber, FragmentNumber);
    const isGap = lostSight ? step !== 'follows' : step === 'skips' || (step === 'far' && !isCaughtUp);
    if (!isGap && !isCertain) {
      return undefined;
    }
    return {
      ...(last.FragmentNumber === undefined ? {} : { AfterFragmentNumber: last.FragmentNumber }),
      ...missingTime(last, ServerTimestamp ?? timeOf(FragmentNumber)),
      isGuess: !isCertain && (step === 'session' || step === 'unknown'),
    };
  }
}

function timeOf(FragmentNumber: string | undefined): number | undefined {
  return FragmentNumber === undefined ? undefined : readFragmentNumber(FragmentNumber)?.ServerTimestamp;
}

/** A fragment may be stamped when it begins to arrive or when it has, so that its end may lie after the next one's beginning. */
function missingTime(
  { beginsAt, endsAt }: LastChunk,
  to: number | undefined,
): Pick<Gap, 'from' | 'to' | 'durationMs'> {
  const from = endsAt !== undefined && to !== undefined && endsAt < to ? endsAt : beginsAt;
  return from === undefined || to === undefined || from >= to ? {} : { from, to, durationMs: to - from };
}

/** Fragment numbers are handed out to a producer's session in blocks of so many. */
const BLOCK = 1_000n;
/** Recorded streams step by 991 and by 1001 from one producer's session to the next, and by 1 within one. */
const SHORTEST_SESSION_STEP = 991n;
const LONGEST_SESSION_STEP = BLOCK + 1n;

/**
 * How one fragment number follows on another. Only ever used to report a gap, never to skip or to wait.
 *
 * - `follows`: the next number of the same producer's session
 * - `skips`: numbers of that session, or the first ones of the next, are left out
 * - `session`: the first number of the producer's next session
 * - `far`: so many numbers are left out that there were other chunks between, or a producer that connected and sent nothing
 * - `unknown`: a number of another form
 */
export function stepBetween(
  before: string,
  after: string,
): 'follows' | 'skips' | 'session' | 'far' | 'unknown' {
  const [a, b] = [readFragmentNumber(before)?.sequence, readFragmentNumber(after)?.sequence];
  if (a === undefined || b === undefined || b <= a) {
    return 'unknown';
  }
  const step = b - a;
  if (step === 1n) {
    return 'follows';
  }
  if (step > LONGEST_SESSION_STEP) {
    return 'far';
  }
  return b % BLOCK === 1n || step >= SHORTEST_SESSION_STEP ? 'session' : 'skips';
}
