import type { NodeMessage, NodeStatus } from 'node-red';
import { systemClock, type Clock } from '../../src/clock';
import { describeOrigin } from '../../src/kinesis-video';
import {
  checkGetMedia,
  streamProblem,
  type ConfigSettings,
  type GetMediaProperties,
  type GetMediaSettings,
  type StartSelector,
  type StreamRef,
} from '../../src/options';
import { CallLimiter, Session, type ErrorReport, type Position, type State } from '../../src/session';
import { parseAction, type Action } from './actions';
import { readAside, type AsideEvents, type AsideSession } from '../preview/preview-session';
import type { CheckpointOwner } from './checkpoint-record';
import type { Checkpoints } from './checkpoints';
import type { Account, ServiceLease } from '../shared/account';
import { FrameMemory } from '../shared/frame-memory';
import { chunkMessage, errorMessage, frameMessage, present } from '../shared/media-messages';
import type { MediaWatcher, PreviewSubject } from '../preview/preview';
import { RateMeter } from '../shared/rate-meter';
import { SessionEndedError } from '../shared/session-ended-error';
import { SharedParts } from '../shared/shared-parts';
import { failureStatus, statusOf } from '../shared/status';
import { TroubleLog } from '../shared/error-log';
import {
  checkpointError,
  inputError,
  memoryStoreNote,
  settingAtFault,
  settingsError,
  unforeseenError,
} from '../shared/error-messages';

/** What the engine needs of its Node-RED node. */
export interface NodePort {
  /** Sends the message that `make` returns, which is called only where someone receives it. */
  media(make: () => NodeMessage): void;
  error(msg: NodeMessage): void;
  status(status: NodeStatus): void;
  /** Raises an error that a Catch node can take, with the message of the error output. */
  raise(error: Error, msg: NodeMessage): void;
  warn(text: string): void;
  log(text: string): void;
}

/** One for the process: the service counts GetMedia calls per stream, whichever node makes them. */
const limiter = new CallLimiter();

const STATUS_EVERY_MS = 1_000;
/** What is further behind does not count as live. The service counts from a fragment's beginning, and some are long. */
const LIVE_WITHIN_MS = 30_000;
const STOPPED: NodeStatus = { fill: 'grey', shape: 'ring', text: 'stopped' };

/**
 * One kvs-get-media node: settings in, messages, errors, status and checkpoint out. What it does with the stream is
 * the session's matter; each start makes a new one.
 */
export class MediaNode implements PreviewSubject {
  /** Why it cannot start at all. */
  readonly problem: ErrorReport | undefined;
  readonly #settings: GetMediaSettings | undefined;
  /** The setting that `problem` is about, where it is about one. */
  readonly #problemAt: string;
  readonly #watchers = new Set<MediaWatcher>();
  readonly #checkpoints: Checkpoints;
  readonly #meter = new RateMeter();
  readonly #frameMemory = new FrameMemory();
  readonly #sharedParts = new SharedParts();
  /** The session before was of a stream that a message chose. */
  #streamWasChosen = false;
  #session: Session | undefined;
  #lease: ServiceLease | undefined;
  #stream: StreamRef | undefined;
  #lastSent: Position | undefined;
  /** The actions one after the other, since a start has to wait for the context store. */
  #queue: Promise<void> = Promise.resolve();
  #closed = false;
  readonly #log: TroubleLog;
  /** What the log was told last of where the credentials came from. */
  #origin = '';
  #isStoreNoted = false;
  #cancelStatus: (() => void) | undefined;
  #statusAt = Number.NEGATIVE_INFINITY;

  /**
   * @param account undefined where the node has no config node, or one that does not exist
   */
  constructor(
    private readonly port: NodePort,
    properties: GetMediaProperties,
    private readonly account: Account | undefined,
    makeCheckpoints: (store: string | undefined, tell: (what: string) => void) => Checkpoints,
    private readonly clock: Clock = systemClock,
  ) {
    const checked = checkGetMedia(properties, account?.settings?.region);
    if ('settings' in checked) {
      this.#settings = checked.settings;
      this.#stream = checked.settings.stream;
    }
    this.#log = new TroubleLog(port, clock);
    const problems = 'problems' in checked ? checked.problems : [];
    this.problem = settingsError(account, problems);
    this.#problemAt = settingAtFault(account, problems);
    this.#checkpoints = makeCheckpoints(this.#settings?.checkpointStore, (what) => {
      this.#tell(checkpointError(what));
    });
  }

  /** To be called when the whole flow is there, since messages may leave at once. */
  begin(): void {
    if (this.problem !== undefined) {
      this.#end(this.problem);
    } else if (this.#settings?.autoStart === true) {
      void this.#enqueue(() => this.#start());
    } else {
      this.port.status(STOPPED);
    }
  }

  /** Resolves when the message has been dealt with; what is wrong with it goes to the error output. */
  async handle(msg: Readonly<Record<string, unknown>>): Promise<void> {
    const result = parseAction(msg);
    if ('problem' in result) {
      this.#refuse(result.problem);
      return;
    }
    await this.#enqueue(() => this.#apply(result.action));
  }

  /** Ends the session, frees its socket and waits, not for ever, until the checkpoint is written. */
  close(): Promise<void> {
    this.#closed = true;
    this.#stopSession();
    for (const watcher of [...this.#watchers]) {
      watcher.closed();
    }
    this.#log.close();
    return this.#checkpoints.close();
  }

  // --- those who look on -------------------------------------------------------------------------------------------

  get stream(): StreamRef | undefined {
    return this.#stream;
  }

  get state(): State | undefined {
    return this.#session?.state;
  }

  get isLive(): boolean {
    const { state, counters: { MillisBehindNow = 0 } = {} } = this.#session ?? {};
    const reads = state !== undefined && state.name !== 'paused' && state.name !== 'stopped';
    return reads && this.#settings?.emit === 'chunk' && MillisBehindNow < LIVE_WITHIN_MS;
  }

  watch(watcher: MediaWatcher): () => void {
    this.#watchers.add(watcher);
    return () => {
      this.#watchers.delete(watcher);
    };
  }

  readAside(events: AsideEvents): AsideSession | undefined {
    const { account, clock } = this;
    const settings = this.#settings;
    const stream = this.#stream;
    return account?.settings === undefined || settings === undefined || stream === undefined
      ? undefined
      : readAside(
          account,
          { stream, settings },
          { clock, limiter, streamKey: streamKey(account.settings, stream) },
          events,
        );
  }

  /** Never rejects: an unhandled rejection would end Node-RED, and one action's failure must not stop the next. */
  #enqueue(action: () => Promise<void> | void): Promise<void> {
    this.#queue = this.#queue.then(async () => {
      try {
        if (!this.#closed) {
          await action();
        }
      } catch (error) {
        this.#tell(unforeseenError(error));
      }
    });
    return this.#queue;
  }

  async #apply(action: Action): Promise<void> {
    switch (action.name) {
      case 'start':
        if (streamProblem(textOf(action.stream), this.account?.settings?.region)?.key === 'otherRegion') {
          this.#refuse('msg.stream is an ARN of another region than the config node’s');
        } else {
          await this.#start(action.stream, action.startSelector);
        }
        break;
      case 'stop':
        this.#stopSession();
        this.port.status(STOPPED);
        break;
      case 'pause':
        this.#session?.pause();
        break;
      case 'resume':
        this.#session?.resume();
        break;
      case 'ack':
        this.#acknowledge(action);
        break;
      case 'reset':
        this.#checkpoints.clear();
        break;
    }
  }

  // --- the session -------------------------------------------------------------------------------------------------

  /** @param chosen the stream that a message asks for; else the configured one */
  async #start(chosen?: StreamRef, startSelector?: StartSelector): Promise<void> {
    this.#stopSession();
    const settings = this.#settings;
    const stream = chosen ?? settings?.stream;
    const streamIsChosen = chosen !== undefined || this.#streamWasChosen;
    this.#streamWasChosen = chosen !== undefined;
    const account = this.account?.settings;
    if (
      this.problem !== undefined ||
      settings === undefined ||
      account === undefined ||
      stream === undefined
    ) {
      if (this.problem !== undefined) {
        this.#end(this.problem);
      }
      return;
    }
    const owner: CheckpointOwner = { stream, account };
    const position =
      settings.resume && startSelector === undefined
        ? await this.#checkpoints.load(owner, streamIsChosen)
        : undefined;
    // The node may have been closed while the context store was being read.
    const lease = this.#closed ? undefined : this.account?.acquire();
    if (lease === undefined) {
      return;
    }
    this.#lease = lease;
    this.#stream = stream;
    this.#noteMemoryStore(settings);
    this.#lastSent = position;
    const session: Session = new Session(
      {
        ...settings,
        stream,
        startSelector: startSelector ?? settings.startSelector,
        ...(position === undefined ? {} : { position }),
      },
      {
        service: lease.service,
        clock: this.clock,
        limiter,
        streamKey: streamKey(account, stream),
      },
      {
        chunk: (delivery) => {
          const { FragmentNumber, chunk } = delivery;
          this.#sent({ FragmentNumber, ...present('ContinuationToken', chunk.ContinuationToken) });
          for (const watcher of this.#watchers) {
            watcher.chunk(chunk);
          }
          this.port.media(() => chunkMessage(stream, delivery));
        },
        frame: (delivery) => {
          this.#sent({ FragmentNumber: delivery.FragmentNumber });
          this.port.media(() => frameMessage(stream, delivery, this.#frameMemory, this.#sharedParts));
        },
        error: (error) => {
          this.#tell(error);
        },
        state: (state) => {
          this.#showState(session, state);
        },
        checkpoint: (reached) => {
          if (settings.resume) {
            this.#checkpoints.save(owner, reached);
          }
        },
      },
    );
    this.#session = session;
    this.#meter.restart(session.counters, this.clock.monotonic());
    session.start();
  }

  #stopSession(): void {
    const session = this.#session;
    this.#session = undefined;
    session?.stop();
    this.#lease?.release();
    this.#lease = undefined;
    this.#cancelStatus?.();
    this.#cancelStatus = undefined;
  }

  #acknowledge({ FragmentNumber, StreamName, frameIndex }: Extract<Action, { name: 'ack' }>): void {
    const running = this.#stream?.StreamName;
    if (StreamName !== undefined && running !== undefined && StreamName !== running) {
      this.#refuse(`the acknowledged chunk is of stream "${StreamName}", but this node reads "${running}"`);
    } else if (this.#session?.acknowledge(FragmentNumber, frameIndex) === false) {
      this.#refuse('the acknowledged chunk has not been sent');
    }
  }

  // --- what a person sees ------------------------------------------------------------------------------------------

  #sent(position: Position): void {
    this.#lastSent = position;
    const { StreamName = '' } = this.#stream ?? {};
    this.#log.recovered((trouble) => `Stream "${StreamName}" is being read again after ${trouble}.`);
  }

  #showState(session: Session, state: State): void {
    if (this.#session !== session || this.#closed) {
      return;
    }
    if (state.name === 'stopped') {
      this.#lease?.release();
      this.#lease = undefined;
    }
    if (state.name === 'streaming') {
      this.#nameOrigin();
    }
    this.#scheduleStatus(session);
  }

  /** Once, before anything is lost by it. */
  #noteMemoryStore({ resume, checkpointStore }: GetMediaSettings): void {
    if (resume && !this.#isStoreNoted && this.#checkpoints.isLostAtRestart) {
      this.#isStoreNoted = true;
      this.port.log(memoryStoreNote(this.#stream?.StreamName ?? '', checkpointStore));
    }
  }

  /** A machine may have several credentials, and a chain decides; once, and again where another is found. */
  #nameOrigin(): void {
    const origin = this.#lease?.service.credentialOrigin;
    const said = origin === undefined ? '' : describeOrigin(origin);
    if (said !== this.#origin) {
      this.#origin = said;
      this.port.log(`Connected to stream "${this.#stream?.StreamName ?? ''}" with ${said}.`);
    }
  }

  /** At most one status a second: of a burst of states the last is shown. */
  #scheduleStatus(session: Session): void {
    const inMs = Math.max(0, this.#statusAt + STATUS_EVERY_MS - this.clock.monotonic());
    this.#cancelStatus ??= this.clock.after(inMs, () => {
      this.#cancelStatus = undefined;
      if (this.#session !== session || this.#closed) {
        return;
      }
      this.#statusAt = this.clock.monotonic();
      this.port.status(statusOf(session.state, this.#meter.rates(this.#statusAt)));
      if (session.state.name === 'streaming') {
        this.#scheduleStatus(session);
      }
    });
  }

  #tell(error: ErrorReport): void {
    if (this.#closed) {
      return;
    }
    for (const watcher of this.#watchers) {
      watcher.error(error);
    }
    if (error.action === 'stop') {
      this.#end(error);
      return;
    }
    this.port.error(errorMessage(this.#stream, error, this.#lastSent));
    this.#log.tell(error);
  }

  /** An error that ends the session is also raised, so that a Catch node gets all of it. */
  #end(error: ErrorReport): void {
    this.#log.forgetTrouble();
    const msg = errorMessage(this.#stream, error, this.#lastSent);
    this.port.status(failureStatus(error.ErrorType, error === this.problem ? this.#problemAt : ''));
    this.port.error(msg);
    this.port.raise(new SessionEndedError(error, msg), msg);
  }

  #refuse(problem: string): void {
    this.#tell(inputError(problem));
  }
}

/** How the limiter names the stream. */
function streamKey({ endpoint, region }: ConfigSettings, { StreamName }: StreamRef): string {
  return `${endpoint ?? region} ${StreamName}`;
}

function textOf(stream: StreamRef | undefined): string | undefined {
  return stream?.StreamARN ?? stream?.StreamName;
}
