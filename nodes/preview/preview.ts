import type { Clock } from '../../src/clock';
import { Mp4Converter, type Converted } from '../../src/convert';
import type { Chunk } from '../../src/matroska';
import type { StreamRef } from '../../src/options';
import type { ErrorReport, State } from '../../src/session';
import type { InitRecord, MediaRecord, PreviewRecord, StateRecord } from './records';
import type { AsideEvents, AsideSession } from './preview-session';
import { present } from '../shared/media-messages';
import { Viewer, type ViewerResponse } from './viewer';

/** Looks over a node's shoulder. */
export interface MediaWatcher {
  /** A whole chunk, before the flow gets it: to be read at once and not kept, since the flow may write into it. */
  chunk(chunk: Chunk): void;
  error(error: ErrorReport): void;
  /** The node is no more. */
  closed(): void;
}

/** What a preview needs of a kvs-get-media node. */
export interface PreviewSubject {
  /** What it reads, or would. */
  readonly stream: StreamRef | undefined;
  /** Of its session; undefined where it has none. */
  readonly state: State | undefined;
  /** Is it reading whole chunks, at the live end? Then a preview needs no connection of its own. */
  readonly isLive: boolean;
  /** @returns what ends it */
  watch(watcher: MediaWatcher): () => void;
  /** Undefined where the account cannot be used. */
  readAside(events: AsideEvents): AsideSession | undefined;
}

/** Of one node. Each may hold a few megabytes. */
export const MOST_VIEWERS = 10;
const LOOK_EVERY_MS = 2_000;
/** Connected, but nothing for so long: what is shown is a silent camera. */
const SILENT_AFTER_MS = 5_000;

interface Sent<Kind extends PreviewRecord> {
  readonly record: Kind;
  readonly data: Buffer;
}

/** MP4 made once for all who want the same tracks. */
class Feed {
  readonly viewers = new Set<Viewer>();
  #converter: Mp4Converter;
  #init: Sent<InitRecord> | undefined;
  /** So that one who comes second need not wait for the next chunk. */
  #last: Sent<MediaRecord> | undefined;
  #problem: string | undefined;

  constructor(private readonly tracks: readonly string[]) {
    this.#converter = new Mp4Converter(tracks);
  }

  welcome(viewer: Viewer): void {
    if (this.#init !== undefined) {
      viewer.tell(this.#init.record, this.#init.data);
    }
    if (this.#last !== undefined) {
      viewer.media(this.#last.record, this.#last.data, true);
    }
    if (this.#problem !== undefined) {
      viewer.tell({ type: 'problem', message: this.#problem });
    }
  }

  /** What comes next has nothing to do with what came before. */
  restart(): void {
    this.#converter = new Mp4Converter(this.tracks);
    this.#init = undefined;
    this.#last = undefined;
    this.#problem = undefined;
  }

  take(chunk: Chunk): void {
    const { media, problems } = this.#converter.convert(chunk.data);
    const skipped = problems.findLast(({ action }) => action === 'skip');
    if (skipped !== undefined) {
      this.#problem = skipped.message;
      this.tell({ type: 'problem', message: skipped.message });
    }
    for (const piece of media) {
      if (piece.format.init === true) {
        this.#begin(piece);
      } else if (piece.data.length > 0) {
        this.#send(piece, chunk);
      }
    }
  }

  tell(record: PreviewRecord, data?: Buffer): void {
    for (const viewer of this.viewers) {
      viewer.tell(record, data);
    }
  }

  #begin({ data, format }: Converted): void {
    const { mimeType, width, height, displayWidth, displayHeight, rotation } = format;
    const isOnItsSide = rotation === 90 || rotation === 270;
    const [shownWidth, shownHeight] = [displayWidth ?? width, displayHeight ?? height];
    const record: InitRecord = {
      ...{ type: 'init', mimeType, bytes: data.length },
      ...present('width', isOnItsSide ? shownHeight : shownWidth),
      ...present('height', isOnItsSide ? shownWidth : shownHeight),
    };
    this.#init = { record, data };
    this.#last = undefined;
    this.tell(record, data);
  }

  #send({ data, format }: Converted, { MillisBehindNow }: Chunk): void {
    const { startMs = 0, durationMs = 0, keyframe = false } = format;
    const record: MediaRecord = {
      ...{ type: 'media', startMs, durationMs, bytes: data.length },
      ...present('MillisBehindNow', MillisBehindNow),
    };
    this.#problem = undefined;
    this.#last = keyframe ? { record, data } : undefined;
    for (const viewer of this.viewers) {
      viewer.media(record, data, keyframe);
    }
  }
}

/**
 * The live picture of one node for all who look at it. It takes part in what the node reads where that is live media
 * by chunks, which costs the service nothing; else, and once the node stops or falls behind, it reads for itself: one
 * connection for all viewers. Both end with the last viewer, and begin with the first: a preview is of one use.
 */
export class Preview {
  readonly #feeds = { picture: new Feed(['video']), sound: new Feed(['video', 'audio']) };
  readonly #unwatch: () => void;
  #own: AsideSession | undefined;
  #cancelLook: (() => void) | undefined;
  #chunkAt: number;
  #fedSinceLook = true;
  #problem: string | undefined;
  #ended = false;

  /** @param ended called once, when the last viewer has left or the node is no more */
  constructor(
    private readonly subject: PreviewSubject,
    private readonly clock: Clock,
    private readonly ended: () => void,
  ) {
    this.#chunkAt = clock.monotonic();
    this.#unwatch = subject.watch({
      chunk: (chunk) => {
        if (this.#own === undefined) {
          this.#take(chunk);
        }
      },
      error: (error) => {
        if (this.#own === undefined) {
          this.#tellOf(error);
        }
      },
      closed: () => {
        this.#end();
      },
    });
    this.#look();
  }

  get viewers(): number {
    return this.#feeds.picture.viewers.size + this.#feeds.sound.viewers.size;
  }

  /** @param withSound where the stream has some that players take */
  add(response: ViewerResponse, withSound: boolean): void {
    const feed = withSound ? this.#feeds.sound : this.#feeds.picture;
    const viewer = new Viewer(response, this.clock, () => {
      feed.viewers.delete(viewer);
      if (feed.viewers.size === 0) {
        feed.restart();
      }
      if (this.viewers === 0) {
        this.#end();
      }
    });
    feed.viewers.add(viewer);
    viewer.tell(this.#stateRecord());
    if (this.#problem !== undefined) {
      viewer.tell({ type: 'problem', message: this.#problem });
    }
    feed.welcome(viewer);
  }

  /** Every few seconds while someone looks. */
  #look(): void {
    const { subject } = this;
    const held = subject.state?.name === 'draining' && !this.#fedSinceLook;
    if (this.#own === undefined && (!subject.isLive || held)) {
      this.#readForItself();
    }
    this.#fedSinceLook = false;
    this.#tell(this.#stateRecord());
    if (this.#ended) {
      return;
    }
    this.#cancelLook = this.clock.after(LOOK_EVERY_MS, () => {
      this.#look();
    });
  }

  #readForItself(): void {
    this.#feeds.picture.restart();
    this.#feeds.sound.restart();
    this.#problem = undefined;
    this.#own = this.subject.readAside({
      chunk: (chunk) => {
        this.#take(chunk);
      },
      error: (error) => {
        this.#tellOf(error);
      },
      state: () => {
        this.#tell(this.#stateRecord());
      },
    });
  }

  /** Called from within the node's own work, which must go on whatever happens here. */
  #take(chunk: Chunk): void {
    this.#chunkAt = this.clock.monotonic();
    this.#fedSinceLook = true;
    this.#problem = undefined;
    try {
      for (const feed of Object.values(this.#feeds)) {
        if (feed.viewers.size > 0) {
          feed.take(chunk);
        }
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#tell({ type: 'problem', message: `The preview has failed: ${message}. Please report this.` });
      this.#end();
    }
  }

  #tellOf({ message }: ErrorReport): void {
    this.#problem = message;
    this.#tell({ type: 'problem', message });
  }

  #tell(record: PreviewRecord): void {
    this.#feeds.picture.tell(record);
    this.#feeds.sound.tell(record);
  }

  #stateRecord(): StateRecord {
    const { stream, state } = this.subject;
    const silent = this.clock.monotonic() - this.#chunkAt > SILENT_AFTER_MS;
    return {
      type: 'state',
      StreamName: stream?.StreamName ?? '',
      source: this.#own === undefined ? 'node' : 'own',
      state: shown(this.#own === undefined ? state : this.#own.state, silent),
    };
  }

  #end(): void {
    if (this.#ended) {
      return;
    }
    this.#ended = true;
    this.#unwatch();
    this.#cancelLook?.();
    this.#own?.stop();
    for (const { viewers } of Object.values(this.#feeds)) {
      for (const viewer of viewers) {
        viewer.end();
      }
    }
    this.ended();
  }
}

function shown(state: State | undefined, silent: boolean): StateRecord['state'] {
  switch (state?.name) {
    case undefined:
    case 'idle':
    case 'stopped':
      return 'stopped';
    case 'resolving':
    case 'connecting':
      return 'connecting';
    case 'streaming':
      return silent ? 'waiting' : 'streaming';
    case 'draining':
    case 'paused':
      return 'waiting';
    case 'waiting':
      return state.reason === 'retry' ? 'retrying' : state.reason === 'media' ? 'waiting' : 'connecting';
  }
}
