/** The live picture of one node, for all who look at it. */
import type { Clock } from '../../src/clock';
import type { Chunk } from '../../src/matroska';
import type { State } from '../../src/session';
import { processTurn, type EventLoopTurn } from '../../src/event-loop-turn';
import type { ObservableMedia } from '../shared/media-observer';
import type { ErrorPayload } from '../shared/error-output';
import { Feed } from './feed';
import type { PreviewSession, PreviewSessionEvents } from './preview-session';
import type { PreviewRecord, StateRecord } from './records';
import { Viewer, type ViewerResponse } from './viewer';

/** What a preview shows: a node that reads a stream. */
export type PreviewSubject = Pick<ObservableMedia, 'stream' | 'state' | 'isLive' | 'observe' | 'words'>;

/** Of one node. Each may hold a few megabytes. */
export const MOST_VIEWERS = 10;
const LOOK_EVERY_MS = 2_000;
/** Connected, but nothing for so long: what is shown is a silent camera. */
const SILENT_AFTER_MS = 5_000;

/**
 * The live picture of one node for all who look at it. It takes part in what the node reads where that is live media
 * by chunks, which costs the service nothing; else, and once the node stops or falls behind, it reads for itself: one
 * connection for all viewers. Both end with the last viewer, and begin with the first: a preview is of one use.
 */
export class Preview {
  readonly #feeds: { readonly picture: Feed; readonly sound: Feed };
  readonly #stopObserving: () => void;
  #session: PreviewSession | undefined;
  #cancelLook: (() => void) | undefined;
  #chunkAt: number;
  #fedSinceLook = true;
  #problem: string | undefined;
  #ended = false;

  /**
   * @param openSession opens a session of the preview's own; undefined where the account cannot be used
   * @param ended called once, when the last viewer has left or the node is no more
   */
  constructor(
    private readonly subject: PreviewSubject,
    private readonly openSession: (events: PreviewSessionEvents) => PreviewSession | undefined,
    private readonly clock: Clock,
    private readonly ended: () => void,
    turn: EventLoopTurn = processTurn,
  ) {
    const feed = (tracks: readonly string[]): Feed =>
      new Feed(tracks, turn, subject.words, (error) => {
        this.#fail(error);
      });
    this.#feeds = { picture: feed(['video']), sound: feed(['video', 'audio']) };
    this.#chunkAt = clock.monotonic();
    this.#stopObserving = subject.observe({
      chunk: (chunk) => {
        if (this.#session === undefined) {
          // It may be converted after the flow has got it, which may write into it.
          this.#take({ ...chunk, data: Buffer.from(chunk.data) });
        }
      },
      error: (error) => {
        if (this.#session === undefined) {
          this.#tellError(error);
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
    if (this.#session === undefined && (!subject.isLive || held)) {
      this.#openSession();
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

  #openSession(): void {
    this.#feeds.picture.restart();
    this.#feeds.sound.restart();
    this.#problem = undefined;
    this.#session = this.openSession({
      chunk: (chunk) => {
        this.#take(chunk);
      },
      error: (error) => {
        this.#tellError(error);
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
    for (const feed of Object.values(this.#feeds)) {
      if (feed.viewers.size > 0) {
        feed.take(chunk);
      }
    }
  }

  #fail(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#tell({ type: 'problem', message: `The preview has failed: ${message}. Please report this.` });
    this.#end();
  }

  #tellError({ message }: ErrorPayload): void {
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
      source: this.#session === undefined ? 'node' : 'own',
      state: shown(this.#session === undefined ? state : this.#session.state, silent),
    };
  }

  #end(): void {
    if (this.#ended) {
      return;
    }
    this.#ended = true;
    this.#stopObserving();
    this.#cancelLook?.();
    this.#session?.stop();
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
