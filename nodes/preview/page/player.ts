/** Plays the media of a preview in the page's video element. */
import type { InitRecord, MediaRecord } from '../records';

type Bytes = Uint8Array<ArrayBuffer>;

/** What has been shown stays for so long, s; the rest is let go. */
const KEPT = 20;
const TRIM_TO = 5;
/** What a piece may begin after the end of the one before, s; more is missing where a slow line left chunks out. */
const HOLE = 0.5;
/** Appending is fast: with so much waiting, something is wrong. */
const MOST_WAITING = 40;

/**
 * Feeds a video element with the pieces of one MP4 file after the other. Whatever the times of the pieces are, what the
 * element plays has no holes: each file, and each piece after a gap, begins where the one before ended.
 */
export class Player {
  readonly #source = new MediaSource();
  readonly #url: string;
  readonly #listening = new AbortController();
  #buffer: SourceBuffer | undefined;
  #steps: (() => void)[] = [];
  #begins = true;
  #failed = false;

  /** @param failed it can play no more; `close` it and make another */
  constructor(
    private readonly video: HTMLVideoElement,
    private readonly failed: (why: string) => void,
  ) {
    const { signal } = this.#listening;
    this.#source.addEventListener(
      'sourceopen',
      () => {
        this.#run();
      },
      { signal },
    );
    video.addEventListener(
      'error',
      () => {
        this.#fail(video.error?.message ?? '');
      },
      { signal },
    );
    this.#url = URL.createObjectURL(this.#source);
    video.src = this.#url;
  }

  /** s buffered and not yet shown. */
  get ahead(): number {
    return Math.max(0, this.#end - this.video.currentTime);
  }

  init({ mimeType }: InitRecord, data: Bytes): void {
    this.#queue(() => {
      if (this.#buffer === undefined) {
        this.#buffer = this.#source.addSourceBuffer(mimeType);
        const { signal } = this.#listening;
        this.#buffer.addEventListener(
          'updateend',
          () => {
            this.#run();
          },
          { signal },
        );
      } else {
        this.#buffer.changeType(mimeType);
      }
      this.#begins = true;
      this.#buffer.appendBuffer(data);
    });
  }

  media({ startMs }: MediaRecord, data: Bytes): void {
    this.#queue(() => {
      const buffer = this.#buffer;
      if (buffer === undefined) {
        return;
      }
      const end = this.#end;
      const start = startMs / 1_000;
      if (this.#begins || Math.abs(start + buffer.timestampOffset - end) > HOLE) {
        buffer.timestampOffset = end - start;
        this.#begins = false;
      }
      buffer.appendBuffer(data);
    });
    this.#queue(() => {
      this.#goOn();
    });
  }

  jumpToEndMinus(seconds: number): void {
    this.video.currentTime = Math.max(this.video.currentTime, this.#end - seconds);
  }

  close(): void {
    this.#failed = true;
    this.#steps = [];
    this.#listening.abort();
    this.video.removeAttribute('src');
    this.video.load();
    URL.revokeObjectURL(this.#url);
  }

  get #end(): number {
    const { buffered } = this.video;
    return buffered.length === 0 ? 0 : buffered.end(buffered.length - 1);
  }

  #goOn(): void {
    const { video } = this;
    const { buffered, currentTime } = video;
    const first = buffered.length === 0 ? 0 : buffered.start(0);
    if (buffered.length > 0 && currentTime < first) {
      video.currentTime = first;
    }
    if (video.paused) {
      // Muted video may always begin by itself; where sound keeps it from that, the user starts it by a click.
      video.play().catch(() => {
        video.controls = true;
      });
    }
    if (this.#buffer !== undefined && currentTime - first > KEPT) {
      this.#buffer.remove(0, currentTime - TRIM_TO);
    }
  }

  #queue(step: () => void): void {
    if (this.#steps.length >= MOST_WAITING) {
      this.#fail('too slow');
      return;
    }
    this.#steps.push(step);
    this.#run();
  }

  #run(): void {
    while (this.#source.readyState === 'open' && this.#buffer?.updating !== true) {
      const step = this.#steps.shift();
      if (step === undefined) {
        return;
      }
      try {
        step();
      } catch (error) {
        this.#fail(error instanceof Error ? error.message : String(error));
        return;
      }
    }
  }

  #fail(why: string): void {
    if (!this.#failed) {
      this.#failed = true;
      this.#steps = [];
      this.failed(why);
    }
  }
}
