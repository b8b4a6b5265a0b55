/** Judges what one GetMedia response brings: says for each chunk, and for the end, what the session is to do. */
import type { MediaResponse } from '../kinesis-video';
import type { Chunk, ChunkHead, ChunkTooLargeError, TruncatedChunk, Frame, InBandError } from '../matroska';
import type { ResponseReaderEvents, ResponseEnd } from './response-reader';
import type { Failure } from './failure';
import type { ChunkVerdict } from './fragment-tracker';
import type { JudgedGap } from './gaps';
import type { ResponseOwner } from './response-owner';
import type { SessionParts } from './session-wiring';

/** Takes the events of one response, and holds what belongs to its response alone. */
export class ChunkJudge implements ResponseReaderEvents {
  declare readonly frame?: (frame: Frame, head: ChunkHead) => void;
  /** Has the response brought a chunk that was new? */
  #hadNewMedia = false;
  /** The chunk that is arriving, once its media have begun, and whether it was new then. */
  #arriving: ChunkHead | undefined;
  #isArrivingNew = false;
  /** A chunk that was passed before and comes again, as long as nothing has come after it. */
  #repeated: string | undefined;
  /** Bytes of the response. */
  #received = 0;
  /** An error that the service reported within the chunk that is arriving; reported when that chunk is over. */
  #inBand: Failure | undefined;

  constructor(
    private readonly response: Pick<MediaResponse, 'RequestId' | 'redact'>,
    private readonly parts: SessionParts,
    private readonly owner: ResponseOwner,
  ) {
    if (parts.emit === 'frame') {
      this.frame = (frame, head) => {
        if (!parts.earlyFrames.keep(frame, head)) {
          for (const early of parts.earlyFrames.release()) {
            this.#takeFrame(early, head);
          }
          this.#takeFrame(frame, head);
        }
      };
    }
  }

  /** What may be skipped is searched for chunks before that. */
  keepsFrames(): boolean {
    return this.parts.retries.maySkip;
  }

  head(head: ChunkHead): void {
    this.#arriving = head;
    this.parts.earlyFrames.discard();
    const { tracker, until, now } = this.parts;
    tracker.head(head);
    this.#isArrivingNew = tracker.isNew(head);
    this.#repeated = this.#isArrivingNew ? undefined : head.FragmentNumber;
    if (until !== undefined && this.#isArrivingNew && until.begins(head, now())) {
      this.owner.complete();
    }
  }

  chunk(chunk: Chunk): void {
    this.#repeated = undefined;
    this.#takeChunk(chunk);
    this.#afterChunk();
  }

  /** The chunk is not whole: it is fetched again, and skipped only when it keeps coming so. */
  truncated(chunk: TruncatedChunk, end: ResponseEnd | undefined): void {
    this.#whileReading(() => {
      const { failures, retries, tracker, notice } = this.parts;
      const { head } = chunk;
      this.#arriving = undefined;
      if (chunk.isMalformed === true) {
        // Its damage was judged before: the response is still read, so the chunk has been fetched often enough.
        this.#skip(head);
        this.#afterChunk();
        return;
      }
      if (this.#inBand !== undefined && !chunk.hasCluster) {
        // The service says why no media come: that is no chunk to be skipped.
        this.#afterChunk();
        return;
      }
      const isFollowed = end === undefined;
      const { kind } = tracker.truncated(chunk, isFollowed);
      const isCounted = kind === 'wanted' || (kind === 'numberNotYetRead' && end !== 'broken');
      const next = isCounted && retries.truncated(head.FragmentNumber, chunk.sizeInBytes, isFollowed);
      const hasNoNumber = kind === 'withoutNumber' || (kind === 'numberNotYetRead' && next === 'skip');
      this.#repeated = kind === 'duplicate' ? head.FragmentNumber : undefined;
      if (kind === 'wanted' && next === 'skip') {
        notice(failures.truncated(this.response.RequestId, head.FragmentNumber ?? ''), { action: 'skip' });
        this.#skip(head);
      }
      if (this.#inBand !== undefined) {
        this.#afterChunk();
      } else if (hasNoNumber && end !== 'broken') {
        this.#takeDamage(failures.withoutNumber(this.response.RequestId));
      } else if (kind === 'wanted' && next === 'refetch' && isFollowed) {
        // The next chunk must not be sent before this one.
        this.owner.refetch();
      }
    });
  }

  inBandError(error: InBandError): void {
    const failure = this.parts.failures.inBand(error, this.response);
    if (error.isInChunk === true) {
      this.#inBand ??= failure;
    } else {
      this.owner.fail(failure);
    }
  }

  malformed(error: Parameters<ResponseReaderEvents['malformed']>[0]): void {
    // Rubbish between two chunks is no fault of the one that comes next.
    const FragmentNumber = this.#arriving?.FragmentNumber;
    this.#takeDamage(this.parts.failures.malformed(this.response.RequestId, error, FragmentNumber));
  }

  tooLarge(head: ChunkHead, error: ChunkTooLargeError): void {
    this.#arriving = undefined;
    const { FragmentNumber } = head;
    const isPast = FragmentNumber !== undefined && this.parts.tracker.cursor.isPast(FragmentNumber);
    this.#repeated = isPast ? FragmentNumber : undefined;
    if (!isPast) {
      this.#whileReading(() => {
        this.#takeTooLarge(head, error);
      });
    }
    this.#afterChunk();
  }

  ended(): void {
    this.#whileReading(() => {
      this.#skipBlockedPosition();
      if (this.#inBand === undefined) {
        this.owner.ended(this.#hadNewMedia);
      } else {
        this.owner.fail(this.#inBand);
      }
    });
  }

  failed(error: Error): void {
    this.#skipBlockedPosition();
    this.owner.fail(this.#inBand ?? this.parts.failures.call(error));
  }

  stalled(silentMs: number): void {
    this.#skipBlockedPosition();
    this.owner.fail(this.#inBand ?? this.parts.failures.stalled(silentMs, this.response.RequestId));
  }

  received(bytes: number): void {
    this.parts.counters.bytes += bytes;
    this.#received += bytes;
    // A long fragment takes its time; one that is sent again is no news.
    if (this.#arriving !== undefined && this.#isArrivingNew) {
      this.parts.silence.media();
    }
  }

  /** Judges what is wrong only while its answer is heeded: else the response is let go of, and the fault shows again. */
  #whileReading(judge: () => void): void {
    if (this.owner.reading() === 'now') {
      judge();
    } else {
      this.owner.release();
    }
  }

  #takeFrame(frame: Frame, head: ChunkHead): void {
    const { tracker, silence, tags, isWanted } = this.parts;
    const taken = tracker.frame(frame, head);
    if (taken === undefined) {
      return;
    }
    const { FragmentNumber, gap } = taken;
    silence.media();
    this.#reportGap(FragmentNumber, gap);
    if (isWanted(frame.track)) {
      const { RequestId } = this.response;
      const completed = tags?.completeHead(head) ?? head;
      this.owner.deliver({ kind: 'frame', frame, head: completed, FragmentNumber, RequestId });
    }
  }

  #takeChunk(received: Chunk): void {
    this.#arriving = undefined;
    const { earlyFrames, tracker, failures } = this.parts;
    const early = earlyFrames.end(received);
    for (const frame of early.frames) {
      this.#takeFrame(frame, early.head);
    }
    const verdict = tracker.chunk(received);
    switch (verdict.kind) {
      case 'withoutNumber':
        this.#takeDamage(failures.withoutNumber(this.response.RequestId));
        break;
      case 'duplicate':
        // What was wrong beside it was reported when it was sent.
        this.#inBand = undefined;
        break;
      case 'empty':
        break;
      case 'new':
        this.#takeNew(received, verdict);
        break;
    }
  }

  #takeNew(received: Chunk, { FragmentNumber, position, gap }: Extract<ChunkVerdict, { kind: 'new' }>): void {
    const { counters, emit, leftOutTags, failures, retries, silence, tags, notice } = this.parts;
    const { RequestId } = this.response;
    const chunk = tags?.complete(received) ?? received;
    silence.media();
    this.#hadNewMedia = true;
    retries.succeeded();
    counters.media.add(chunk);
    counters.MillisBehindNow = chunk.MillisBehindNow;
    this.#reportGap(FragmentNumber, gap);
    const names = leftOutTags.news(chunk);
    if (names !== '') {
      notice(failures.tagsLeftOut(names, RequestId, FragmentNumber), { action: 'ignore' });
    }
    this.owner.deliver(
      emit === 'chunk'
        ? { kind: 'chunk', delivery: { chunk, FragmentNumber, RequestId }, position }
        : { kind: 'done', position },
    );
    this.#passed(FragmentNumber, chunk.lengthMs);
  }

  #passed(FragmentNumber: string, lengthMs?: number): void {
    if (this.parts.until?.passed(FragmentNumber, lengthMs) === true) {
      this.owner.complete();
    }
  }

  /** Reports what the service reported within a chunk, now that the chunk is delivered. */
  #afterChunk(): void {
    const inBand = this.#inBand;
    this.#inBand = undefined;
    const reading = this.owner.reading();
    if (inBand === undefined || reading === 'over') {
      return;
    }
    if (reading === 'held') {
      this.parts.notice(inBand, { action: 'retry', retryInMs: 0 });
    }
    this.owner.fail(inBand);
  }

  #takeDamage(failure: Failure): void {
    this.#whileReading(() => {
      if (this.#inBand !== undefined) {
        this.owner.fail(this.#inBand);
      } else if (this.parts.retries.damaged(failure.FragmentNumber) === 'refetch') {
        this.owner.fail(failure);
      } else {
        this.parts.notice(failure, { action: 'skip' });
      }
    });
  }

  #takeTooLarge(head: ChunkHead, error: ChunkTooLargeError): void {
    const { failures, retries, notice } = this.parts;
    const { FragmentNumber } = head;
    const failure = failures.tooLarge(this.response.RequestId, error, FragmentNumber);
    if (retries.tooLarge(FragmentNumber, error.sizeInBytes) === 'refetch') {
      this.owner.fail(failure);
    } else {
      notice(failure, { action: 'skip' });
      this.#skip(head);
    }
  }

  /** Where responses always end in the same chunk that was passed before, the next one is asked for in another way. */
  #skipBlockedPosition(): void {
    const { retries, tracker } = this.parts;
    const isJudged = this.#repeated !== undefined && this.owner.reading() === 'now';
    if (isJudged && retries.truncated(this.#repeated, this.#received, false) === 'skip') {
      tracker.skipBlockedPosition();
    }
  }

  #skip(head: ChunkHead): void {
    const position = this.parts.tracker.skip(head);
    if (position !== undefined) {
      this.owner.deliver({ kind: 'done', position });
      this.#passed(position.FragmentNumber);
    }
  }

  #reportGap(FragmentNumber: string, gap: JudgedGap | undefined): void {
    if (gap !== undefined) {
      const { failures, notice } = this.parts;
      notice(failures.gap(this.response.RequestId, gap, FragmentNumber), { action: 'ignore' });
    }
  }
}
