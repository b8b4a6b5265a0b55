/** One kvs-fleet node without Node-RED: what it does with settings and actions. */
import { systemClock, type Clock } from '../../src/clock';
import {
  checkFleet,
  streamProblem,
  type FleetProperties,
  type FleetSettings,
  type StreamRef,
} from '../../src/options';
import type { ErrorReport } from '../../src/session';
import type { Statement } from '../../src/statement';
import type { Account } from '../shared/account';
import { readInput } from '../shared/input-properties';
import type { Checkpoints } from '../shared/checkpoints/checkpoints';
import { checkpointError, inputError, unforeseenError } from '../shared/node-errors';
import { settingAtFault, settingsError } from '../shared/settings-error';
import { nodeStatement } from '../shared/node-statements';
import { parseFleetAction, type FleetAction } from './actions';
import { FleetErrorReporter } from './fleet-error-reporter';
import type { FleetPort } from './fleet-port';
import { FleetRun } from './fleet-run';
import { FleetStatus } from './fleet-status';

/** Makes what keeps one position, in the store and under the key that the node's context has it. */
export type MakeFleetCheckpoints = (
  store: string | undefined,
  key: string,
  report: (what: readonly Statement[]) => void,
) => Checkpoints;

/** Actions that are done one after the other. */
type QueuedAction = Exclude<FleetAction, { name: 'ack' }>;

export class FleetNode {
  readonly #settings: FleetSettings | undefined;
  readonly #problem: ErrorReport | undefined;
  /** The setting that the problem is about, where it is about one. */
  readonly #problemAt: string;
  readonly #status: FleetStatus;
  readonly #errors: FleetErrorReporter;
  #run: FleetRun | undefined;
  /** The actions one after the other, since a stop waits for the context store. */
  #queue: Promise<void> = Promise.resolve();
  #isClosed = false;

  /**
   * @param account undefined where the node has no config node, or one that does not exist
   * @param member name of this process within the fleet
   */
  constructor(
    private readonly port: FleetPort,
    properties: FleetProperties,
    private readonly account: Account | undefined,
    private readonly member: string,
    private readonly makeCheckpoints: MakeFleetCheckpoints,
    private readonly clock: Clock = systemClock,
  ) {
    const checked = checkFleet(properties, account?.settings?.region);
    const problems = 'problems' in checked ? checked.problems : [];
    this.#settings = 'settings' in checked ? checked.settings : undefined;
    this.#problem = settingsError(account, problems, port.words);
    this.#problemAt = settingAtFault(account, problems);
    this.#status = new FleetStatus(port, clock);
    this.#errors = new FleetErrorReporter(port, clock);
  }

  /** To be called when the whole flow is there, since messages may leave at once. */
  begin(): void {
    if (this.#problem !== undefined) {
      this.#fail(this.#problem);
    } else if (this.#settings?.autoStart === true) {
      void this.#enqueue(() => {
        this.#start();
      });
    } else {
      this.#status.showStopped();
    }
  }

  /** Resolves when the message has been dealt with; what is wrong with it goes to the error output. */
  async handle(msg: Readonly<Record<string, unknown>>): Promise<void> {
    const result = readInput(() => parseFleetAction(msg));
    if ('problem' in result) {
      this.#refuse(result.problem);
      return;
    }
    const { action } = result;
    if (action.name === 'ack') {
      // Not queued: there is one for each message.
      this.#acknowledge(action);
    } else {
      await this.#enqueue(() => this.#apply(action));
    }
  }

  /** Ends all sessions, frees their sockets and waits, not for ever, until the checkpoints are written. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.port.flush();
    await this.#stop();
    this.#errors.close();
  }

  /** Never rejects: an unhandled rejection would end Node-RED, and one action's failure must not stop the next. */
  #enqueue(action: () => Promise<void> | void): Promise<void> {
    this.#queue = this.#queue.then(async () => {
      try {
        if (!this.#isClosed) {
          await action();
        }
      } catch (error) {
        this.#errors.report(unforeseenError(error));
      }
    });
    return this.#queue;
  }

  async #apply(action: QueuedAction): Promise<void> {
    const stream = 'stream' in action ? action.stream : undefined;
    if (this.#isOfOtherRegion(stream)) {
      this.#refuse(nodeStatement('input.streamRegion', {}));
      return;
    }
    if (action.name === 'start') {
      await this.#startBy(action);
      return;
    }
    if (action.name === 'stop' && stream === undefined) {
      await this.#stop();
      this.#status.showStopped();
      return;
    }
    const run = this.#run;
    if (run !== undefined) {
      applyTo(run, action);
    }
  }

  #acknowledge({ StreamName, FragmentNumber, frameIndex }: Extract<FleetAction, { name: 'ack' }>): void {
    if (this.#run?.acknowledge(StreamName, FragmentNumber, frameIndex) === false) {
      this.#refuse(nodeStatement('input.ackUnknown', {}));
    }
  }

  async #startBy({ stream, startSelector, until }: Extract<FleetAction, { name: 'start' }>): Promise<void> {
    if (stream === undefined) {
      await this.#stop();
      this.#start();
      return;
    }
    if (this.#run === undefined) {
      this.#start();
    }
    this.#run?.startStream(stream, startSelector, until);
  }

  #start(): void {
    const { account } = this;
    if (this.#problem !== undefined) {
      this.#fail(this.#problem);
      return;
    }
    const share = account?.acquire();
    if (share === undefined || account?.settings === undefined || this.#settings === undefined) {
      share?.release();
      return;
    }
    const settings = this.#settings;
    const run = new FleetRun({
      ...{ port: this.port, account: account.settings, settings, share, clock: this.clock },
      ...{ errors: this.#errors, member: this.member },
      makeCheckpoints: (key) =>
        this.makeCheckpoints(settings.checkpointStore, key, (what) => {
          this.#errors.report(checkpointError(what));
        }),
    });
    this.#run = run;
    this.#status.follow(() => run.shown);
    run.start();
  }

  async #stop(): Promise<void> {
    const run = this.#run;
    this.#run = undefined;
    this.#status.leave();
    await run?.stop();
  }

  #isOfOtherRegion(stream: StreamRef | undefined): boolean {
    const region = this.account?.settings?.region;
    return stream !== undefined && streamProblem(stream.StreamARN ?? stream.StreamName, region) !== undefined;
  }

  #fail(problem: ErrorReport): void {
    this.#status.showFailed(problem.ErrorType, this.#problemAt);
    this.#errors.report(problem);
  }

  #refuse(problem: Statement): void {
    this.#errors.report(inputError(problem));
  }
}

/** The actions of a fleet that runs. */
function applyTo(run: FleetRun, action: Exclude<QueuedAction, { name: 'start' }>): void {
  switch (action.name) {
    case 'stop':
      if (action.stream !== undefined) {
        run.stopStream(action.stream);
      }
      break;
    case 'pause':
      run.pause(action.stream);
      break;
    case 'resume':
      run.resume(action.stream);
      break;
    case 'wake':
      run.wake(action.stream);
      break;
    case 'reset':
      run.reset(action.stream);
      break;
    case 'discover':
      run.discover();
      break;
    case 'drain':
      run.drain();
      break;
    case 'join':
      run.join();
      break;
    case 'status':
      run.sendStats();
      break;
  }
}
