/** One kvs-get-media node without Node-RED: what it does with settings, actions and a stream. */
import { systemClock, type Clock } from '../../src/clock';
import {
  checkGetMedia,
  streamProblem,
  type GetMediaProperties,
  type GetMediaSettings,
  type StartSelector,
  type StreamRef,
  type Until,
} from '../../src/options';
import type { ErrorReport, Position, State } from '../../src/session';
import type { Statement } from '../../src/statement';
import type { Account } from '../shared/account';
import { ErrorReporter } from '../shared/error-reporter';
import type { NodePort } from '../shared/node-port';
import { SessionStatus } from '../shared/session-status';
import { settingAtFault, settingsError } from '../shared/settings-error';
import { nodeStatement } from '../shared/node-statements';
import type { Words } from '../shared/words';
import { parseAction, type InputAction } from './actions';
import type { Checkpoints } from '../shared/checkpoints/checkpoints';
import { ConnectionNotes } from '../shared/connection-notes';
import { MediaObservers, type MediaObserver, type ObservableMedia } from '../shared/media-observer';
import { MediaOutput } from '../shared/media-output';
import { readInput } from '../shared/input-properties';
import { checkpointError, inputError, unforeseenError } from '../shared/node-errors';
import { StreamRun } from './stream-run';

/** What is further behind does not count as live. The service counts from a fragment's beginning, and some are long. */
const LIVE_WITHIN_MS = 30_000;

/**
 * One kvs-get-media node: settings in, messages, errors, status and checkpoint out. What it does with the stream is
 * the session's matter; each start makes a new one.
 */
export class GetMediaNode implements ObservableMedia {
  readonly problem: ErrorReport | undefined;
  readonly settings: GetMediaSettings | undefined;
  readonly words: Words;
  /** The setting that `problem` is about, where it is about one. */
  readonly #problemAt: string;
  readonly #checkpoints: Checkpoints;
  readonly #output: MediaOutput;
  readonly #errors: ErrorReporter;
  readonly #status: SessionStatus;
  readonly #notes: ConnectionNotes;
  readonly #observers = new MediaObservers();
  #stream: StreamRef | undefined;
  /** The run before was of a stream that a message chose. */
  #streamWasChosen = false;
  #run: StreamRun | undefined;
  /** The actions one after the other, since a start has to wait for the context store. */
  #queue: Promise<void> = Promise.resolve();
  #closed = false;

  /**
   * @param account undefined where the node has no config node, or one that does not exist
   */
  constructor(
    private readonly port: NodePort,
    properties: GetMediaProperties,
    readonly account: Account | undefined,
    makeCheckpoints: (store: string | undefined, report: (what: readonly Statement[]) => void) => Checkpoints,
    private readonly clock: Clock = systemClock,
  ) {
    const checked = checkGetMedia(properties, account?.settings?.region);
    if ('settings' in checked) {
      this.settings = checked.settings;
      this.#stream = checked.settings.stream;
    }
    const problems = 'problems' in checked ? checked.problems : [];
    this.problem = settingsError(account, problems, port.words);
    this.words = port.words;
    this.#problemAt = settingAtFault(account, problems);
    this.#output = new MediaOutput(port);
    this.#status = new SessionStatus(port, clock);
    this.#errors = new ErrorReporter(port, this.#status, clock);
    this.#errors.reads(this.#stream);
    this.#notes = new ConnectionNotes(port);
    this.#checkpoints = makeCheckpoints(this.settings?.checkpointStore, (what) => {
      this.#report(checkpointError(what));
    });
  }

  /** To be called when the whole flow is there, since messages may leave at once. */
  begin(): void {
    if (this.problem !== undefined) {
      this.#errors.report(this.problem, this.#problemAt);
    } else if (this.settings?.autoStart === true) {
      void this.#enqueue(() => this.#start());
    } else {
      this.#status.showStopped(this.#stream);
    }
  }

  /** Resolves when the message has been dealt with; what is wrong with it goes to the error output. */
  async handle(msg: Readonly<Record<string, unknown>>): Promise<void> {
    const result = readInput(() => parseAction(msg));
    if ('problem' in result) {
      this.#refuse(result.problem);
      return;
    }
    await this.#enqueue(() => this.#apply(result.action));
  }

  /** Ends the session, frees its socket and waits, not for ever, until the checkpoint is written. */
  close(): Promise<void> {
    this.#closed = true;
    this.#stop();
    this.port.flush();
    this.#observers.closed();
    this.#errors.close();
    return this.#checkpoints.close();
  }

  // --- for observers -----------------------------------------------------------------------------------------------

  get stream(): StreamRef | undefined {
    return this.#stream;
  }

  get state(): State | undefined {
    return this.#run?.session.state;
  }

  get isLive(): boolean {
    const { state, counters: { MillisBehindNow = 0 } = {} } = this.#run?.session ?? {};
    const reads = state !== undefined && state.name !== 'paused' && state.name !== 'stopped';
    return reads && this.settings?.emit === 'chunk' && MillisBehindNow < LIVE_WITHIN_MS;
  }

  observe(observer: MediaObserver): () => void {
    return this.#observers.add(observer);
  }

  // --- actions -----------------------------------------------------------------------------------------------------

  /** Never rejects: an unhandled rejection would end Node-RED, and one action's failure must not stop the next. */
  #enqueue(action: () => Promise<void> | void): Promise<void> {
    this.#queue = this.#queue.then(async () => {
      try {
        if (!this.#closed) {
          await action();
        }
      } catch (error) {
        this.#report(unforeseenError(error));
      }
    });
    return this.#queue;
  }

  async #apply(action: InputAction): Promise<void> {
    switch (action.name) {
      case 'start':
        if (streamProblem(textOf(action.stream), this.account?.settings?.region)?.key === 'otherRegion') {
          this.#refuse(nodeStatement('input.streamRegion', {}));
        } else {
          await this.#start(action.stream, action.startSelector, action.until);
        }
        break;
      case 'stop':
        this.#stop();
        this.#status.showStopped(this.#stream);
        break;
      case 'pause':
        this.#run?.session.pause();
        break;
      case 'resume':
        this.#run?.session.resume();
        break;
      case 'ack':
        this.#acknowledge(action);
        break;
      case 'reset':
        this.#checkpoints.clear();
        break;
    }
  }

  #acknowledge({ FragmentNumber, StreamName, frameIndex }: Extract<InputAction, { name: 'ack' }>): void {
    const running = this.#stream?.StreamName;
    if (StreamName !== undefined && running !== undefined && StreamName !== running) {
      this.#refuse(nodeStatement('input.ackOtherStream', { StreamName, running }));
    } else if (this.#run?.session.acknowledge(FragmentNumber, frameIndex) === false) {
      this.#refuse(nodeStatement('input.ackUnknown', {}));
    }
  }

  /** @param chosen the stream that a message asks for; else the configured one */
  async #start(chosen?: StreamRef, startSelector?: StartSelector, until?: Until): Promise<void> {
    this.#stop();
    const { problem, settings } = this;
    const stream = chosen ?? settings?.stream;
    const streamIsChosen = chosen !== undefined || this.#streamWasChosen;
    this.#streamWasChosen = chosen !== undefined;
    const account = this.account?.settings;
    if (problem !== undefined) {
      this.#errors.report(problem, this.#problemAt);
      return;
    }
    if (settings === undefined || account === undefined || stream === undefined) {
      return;
    }
    const owner = { stream, account };
    const position =
      settings.resume && startSelector === undefined
        ? await this.#checkpoints.load(owner, streamIsChosen)
        : undefined;
    // The node may have been closed while the context store was being read.
    const share = this.#closed ? undefined : this.account?.acquire();
    if (share === undefined) {
      return;
    }
    this.#stream = stream;
    this.#errors.reads(stream, position);
    if (settings.resume && this.#checkpoints.isLostAtRestart) {
      this.#notes.memoryStore(stream.StreamName, settings.checkpointStore);
    }
    const run = new StreamRun(
      { account, settings, stream, startSelector, until, position },
      share,
      this.clock,
      {
        chunk: (delivery) => {
          const { FragmentNumber, chunk } = delivery;
          this.#errors.sent(FragmentNumber, chunk.ContinuationToken);
          this.#observers.chunk(chunk);
          this.#output.chunk(stream, delivery);
        },
        frame: (delivery) => {
          this.#errors.sent(delivery.FragmentNumber);
          this.#output.frame(stream, delivery);
        },
        error: (error) => {
          this.#report(error);
        },
        state: (changed, state) => {
          this.#showState(changed, state);
        },
        complete: (end) => {
          this.#output.complete(stream, end);
        },
        checkpoint: (reached: Position) => {
          if (settings.resume) {
            this.#checkpoints.save(owner, reached);
          }
        },
      },
    );
    this.#run = run;
    this.#status.follow(run.session, stream.StreamName);
    run.session.start();
  }

  #stop(): void {
    const run = this.#run;
    // First, so that what the session says at its end is not shown.
    this.#run = undefined;
    run?.stop();
    this.#status.leave();
  }

  // --- what a person sees ------------------------------------------------------------------------------------------

  #showState(run: StreamRun, state: State): void {
    if (this.#run !== run || this.#closed) {
      return;
    }
    if (state.name === 'streaming') {
      this.#notes.connected(this.#stream?.StreamName ?? '', run.credentialOrigin);
    }
    this.#status.update();
  }

  #report(error: ErrorReport): void {
    if (!this.#closed) {
      this.#observers.error(this.#errors.report(error));
    }
  }

  #refuse(problem: Statement): void {
    this.#report(inputError(problem));
  }
}

function textOf(stream: StreamRef | undefined): string | undefined {
  return stream?.StreamARN ?? stream?.StreamName;
}
