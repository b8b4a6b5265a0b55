/** Answers one request: asks the archive, and makes messages of what comes. */
import {
  ArchiveError,
  archiveError,
  ArchiveReader,
  coverageOf,
  fragmentsInRange,
  retryCalls,
  type ArchiveDependencies,
  type RangeRequest,
} from '../../src/archive';
import type { PictureDependencies } from '../../src/clips';
import type { Clock } from '../../src/clock';
import { KinesisVideoError, type KinesisVideoService } from '../../src/kinesis-video';
import type { ArchiveSettings } from '../../src/options';
import type { Account } from '../shared/account';
import { archiveBudgets, getMediaLimiter, streamKey } from '../shared/call-limit';
import { chunkAnswer, fragmentsAnswer, urlAnswer, type AnswerPort } from './answer-messages';
import { archivePayload, ownError, RequestFailure } from './archive-errors';
import { answerWithClip } from './clip-answer';
import { answerWithImages } from './image-answer';
import { RequestProgress, type Progress } from './request-progress';
import type { ArchiveRequest } from './parse-request';

/** As kvs-get-media's default. */
const MAX_CHUNK_BYTES = 64 * 1024 * 1024;

/** A time of today in seconds, taken for ms, is in 1970; so is the clock of a camera that was never set. */
const END_OF_1970 = Date.UTC(1971, 0);

export class RequestRun {
  #chunks: ArchiveReader | undefined;
  readonly #progress: RequestProgress;

  constructor(
    private readonly request: ArchiveRequest,
    private readonly settings: ArchiveSettings,
    private readonly clock: Clock,
    private readonly port: AnswerPort,
  ) {
    const openUntil = (request.range?.to ?? 0) + settings.waitMs;
    this.#progress = new RequestProgress(clock, openUntil, settings.maxInFlight);
  }

  /** What the request is waiting for, if anything. */
  get progress(): Progress {
    return this.#progress.now;
  }

  /** True for a chunk that was sent. */
  acknowledge(FragmentNumber: string): boolean {
    this.#progress.acknowledged(FragmentNumber);
    return this.#chunks?.acknowledge(FragmentNumber) ?? false;
  }

  /** Settles when the request is answered. @throws ArchiveError, RequestFailure, or the signal's reason */
  async run(account: Account | undefined, signal: AbortSignal): Promise<void> {
    const { settings: config } = account ?? {};
    const share = account?.acquire();
    if (share === undefined || config === undefined) {
      throw new RequestFailure(ownError('InvalidInput', this.port.words, 'settings'));
    }
    const { service } = share;
    const { stream, range } = this.request;
    const dependencies: ArchiveDependencies = {
      ...{
        service: this.#progress.observe(service),
        clock: this.clock,
        limiter: getMediaLimiter,
        budgets: archiveBudgets,
      },
      streamKey: streamKey(config, stream),
    };
    try {
      if (this.settings.output === 'url') {
        await this.#url(service, signal);
      } else if (range !== undefined) {
        const { timestampType, waitMs } = this.settings;
        const asked = { stream, timestampType, ...range, waitMs };
        const images = {
          getImages: (...request: Parameters<KinesisVideoService['getImages']>) =>
            this.#progress.note(service.getImages(...request)),
        };
        await this.#ofRange({ ...dependencies, images }, asked, signal);
      }
    } catch (error) {
      signal.throwIfAborted();
      const failed = error instanceof KinesisVideoError ? archiveError(error, stream.StreamName) : error;
      // AWS refuses a range so long before the stream's retention.
      const isRefused =
        failed instanceof ArchiveError && failed.report.ErrorType === 'InvalidArgumentException';
      throw isRefused && this.#isIn1970 ? this.#noMedia() : failed;
    } finally {
      share.release();
    }
  }

  async #ofRange(dependencies: PictureDependencies, range: RangeRequest, signal: AbortSignal): Promise<void> {
    switch (this.settings.output) {
      case 'clip': {
        const asked = { ...range, maxChunkBytes: MAX_CHUNK_BYTES };
        await answerWithClip(asked, this.settings, dependencies, this.port, signal);
        break;
      }
      case 'image': {
        const asked = { ...range, maxChunkBytes: MAX_CHUNK_BYTES };
        await answerWithImages(asked, this.settings, dependencies, this.port, signal);
        break;
      }
      case 'fragments':
        await this.#fragments(dependencies, range, signal);
        break;
      default:
        await this.#media(dependencies, range, signal);
    }
  }

  async #fragments(
    dependencies: ArchiveDependencies,
    range: RangeRequest,
    signal: AbortSignal,
  ): Promise<void> {
    const fragments = await fragmentsInRange(dependencies, range, signal);
    const { copy, send } = this.port;
    send(fragmentsAnswer(copy, this.request.stream, fragments, coverageOf(fragments, range)));
  }

  async #media(dependencies: ArchiveDependencies, range: RangeRequest, signal: AbortSignal): Promise<void> {
    const { stream } = this.request;
    const { copy, send, problem, words } = this.port;
    const { maxInFlight, tracks } = this.settings;
    const asked = { ...range, maxInFlight, tracks, maxChunkBytes: MAX_CHUNK_BYTES };
    const run = new ArchiveReader(asked, dependencies, {
      chunk: (chunk) => {
        this.#progress.sent(chunk.FragmentNumber, chunk.isLast);
        send(chunkAnswer(copy, stream, chunk));
      },
      error: (error) => {
        problem(archivePayload(error, words));
      },
    });
    this.#chunks = run;
    const { StreamName } = stream;
    const { chunks, missing, notRetained } = await run.run(signal);
    if (notRetained !== undefined) {
      problem(ownError('ArchiveIncomplete', words, 'notRetained', { StreamName }, [notRetained]));
    }
    if (missing.length > 0) {
      const { coverage: lost } = coverageOf(missing, range);
      const values = { StreamName, fragments: missing.length };
      problem(ownError('ArchiveIncomplete', words, 'incomplete', values, lost));
    } else if (chunks === 0) {
      throw this.#noMedia();
    }
  }

  async #url(service: KinesisVideoService, signal: AbortSignal): Promise<void> {
    const { stream, range } = this.request;
    const { protocol, playbackMode, timestampType, expiresSeconds } = this.settings;
    const asked = { playbackMode, timestampType, expiresSeconds, ...range };
    const { clock } = this;
    const address = await retryCalls({ service, clock }, stream, signal, () =>
      this.#progress.note(
        protocol === 'HLS'
          ? service.getHlsStreamingSessionUrl(stream, asked, signal)
          : service.getDashStreamingSessionUrl(stream, asked, signal),
      ),
    );
    const expiresAt = Math.round(this.clock.now() + service.clockOffsetMs + expiresSeconds * 1_000);
    this.port.send(urlAnswer(this.port.copy, stream, address, { protocol, expiresAt }));
  }

  get #isIn1970(): boolean {
    return (this.request.range?.to ?? Infinity) < END_OF_1970;
  }

  #noMedia(): RequestFailure {
    const { StreamName } = this.request.stream;
    const key = this.#isIn1970 ? 'noMediaIn1970' : 'noMedia';
    return new RequestFailure(ownError('NoMediaInRange', this.port.words, key, { StreamName }));
  }
}
