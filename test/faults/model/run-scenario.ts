import type { CheckpointOwner } from '../../../nodes/shared/checkpoints/checkpoint-record';
import { Checkpoints } from '../../../nodes/shared/checkpoints/checkpoints';
import type { StartSelector } from '../../../src/options';
import { CallLimiter, Session, type Position, type SessionEvents } from '../../../src/session';
import { seededRandom } from '../../../src/simulator/random';
import { ModelClock } from './model-clock';
import { ModelService } from './model-service';
import { ModelStore } from './model-store';
import { EPOCH, MAX_CHUNK_BYTES, makeStream, type ModelFragment } from './model-stream';
import type { FlowEvent, RunLog, SessionLog } from './run-log';
import type { Act, Scenario } from './scenario';

export const STALL_TIMEOUT_MS = 20_000;
export const ACK_TIMEOUT_MS = 60_000;
/** Node-RED waits no longer for a node to close. */
const CLOSE_TIMEOUT_MS = 15_000;
/** After everything scripted: refusals alone may keep a session waiting 5 minutes at a time. */
const CATCH_UP_MS = 45 * 60_000;
const STORE_SETTLES_MS = 90_000;
const MOST_CALLBACKS = 30_000;

const OWNER: CheckpointOwner = {
  stream: { StreamName: 'model' },
  account: { region: 'eu-west-1' },
};

type FlowEventBody = FlowEvent extends infer Event
  ? Event extends FlowEvent
    ? Omit<Event, 'at' | 'session'>
    : never
  : never;

/** Spoils what the session says, to see whether the judge notices. */
export type Saboteur = (events: SessionEvents, log: RunLog) => SessionEvents;

let nodes = 0;

/** Runs the session against the model service and gives the log of it. */
export async function runScenario(
  scenario: Scenario,
  sabotage: Saboteur = (events) => events,
): Promise<{ readonly log: RunLog; readonly fragments: readonly ModelFragment[] }> {
  const run = new ScenarioRun(scenario, sabotage);
  await run.play();
  return run;
}

class ScenarioRun {
  readonly fragments: readonly ModelFragment[];
  readonly log: RunLog = { calls: [], sessions: [], events: [], problems: [], end: 0 };
  readonly #clock: ModelClock;
  readonly #service: ModelService;
  readonly #store: ModelStore;
  readonly #limiter = new CallLimiter();
  readonly #random: () => number;
  readonly #configured: StartSelector;
  #nodeId = '';
  #checkpoints: Checkpoints | undefined;
  #closeStore: (killed: boolean) => void = () => undefined;
  #session: Session | undefined;
  #sessionLog: SessionLog | undefined;
  /** Pauses under way, each until its own end. */
  #pauses = 0;
  #starting = true;
  /** Of the last checkpoint of the running node. */
  #reached = -1;
  /** The last checkpoint of this process, which a redeploy has to find again. */
  #inProcess: Position | undefined;

  constructor(
    private readonly scenario: Scenario,
    private readonly sabotage: (...words: Parameters<Saboteur>) => SessionEvents,
  ) {
    this.fragments = makeStream(scenario);
    this.#clock = new ModelClock(EPOCH, scenario.chance);
    this.#random = seededRandom(scenario.chance + 1);
    this.#service = new ModelService(scenario, this.fragments, this.#clock, this.log);
    this.#store = new ModelStore(scenario.store, this.#clock, this.log);
    this.#configured = this.#startSelector();
  }

  async play(): Promise<void> {
    const { reader, acts } = this.scenario;
    const clock = this.#clock;
    const over = Math.max(
      reader.startsAt,
      this.fragments.at(-1)?.end ?? 0,
      ...acts.map(({ at, kind, by }) => (kind === 'pause' ? at + by : at)),
    );
    clock.after(reader.startsAt, () => {
      this.#begin(true);
    });
    for (const act of acts) {
      clock.after(act.at, () => {
        this.#act(act);
      });
    }
    const last = this.fragments.findLastIndex(({ plan }) => plan.content !== 'no-cluster');
    await clock.runUntil(
      () => clock.time >= over && !this.#starting && this.#pauses === 0 && this.#reached >= last,
      over + CATCH_UP_MS,
      MOST_CALLBACKS,
    );
    // What the last checkpoint set off, with writes that get lost.
    await clock.runUntil(() => false, clock.time + STORE_SETTLES_MS, MOST_CALLBACKS);
    this.log.end = clock.time;
    if (clock.fired > MOST_CALLBACKS) {
      this.log.problems.push('spinning: timers fire without end');
    }
    this.#checkStore();
    this.#stopSession();
    void this.#checkpoints?.close().then(() => {
      this.#closeStore(false);
    });
    await clock.runUntil(() => false, clock.time + 2 * CLOSE_TIMEOUT_MS, 2 * MOST_CALLBACKS);
  }

  #startSelector(): StartSelector {
    const [first] = this.fragments;
    const third = this.fragments[Math.floor(this.fragments.length / 3)];
    switch (this.scenario.reader.start) {
      case 'FRAGMENT_NUMBER':
        return { StartSelectorType: 'FRAGMENT_NUMBER', AfterFragmentNumber: first?.number ?? '' };
      case 'SERVER_TIMESTAMP':
        return { StartSelectorType: 'SERVER_TIMESTAMP', StartTimestamp: EPOCH + (third?.begin ?? 0) + 100 };
      case 'EARLIEST':
      case 'NOW':
        return { StartSelectorType: this.scenario.reader.start };
    }
  }

  // --- the node ----------------------------------------------------------------------------------------------------

  /** As a node does: loads its checkpoint, then reads. */
  #begin(newProcess: boolean): void {
    if (newProcess) {
      this.#inProcess = undefined;
      this.#nodeId = `model-${String(nodes++)}`;
    }
    const owned = this.#store.forOwner();
    this.#closeStore = (killed) => {
      owned.close(killed);
    };
    const checkpoints = new Checkpoints(this.#nodeId, owned.context, undefined, () => undefined, this.#clock);
    this.#checkpoints = checkpoints;
    this.#starting = true;
    void checkpoints.load(OWNER).then((position) => {
      if (this.#checkpoints === checkpoints) {
        this.#starting = false;
        this.#checkLoaded(position);
        this.#startSession(checkpoints, position);
      }
    });
  }

  #startSession(checkpoints: Checkpoints, position: SessionLog['position']): void {
    const index = this.log.sessions.length;
    const log: SessionLog = { index, began: this.#clock.time, stopped: undefined, position, paused: [] };
    this.log.sessions.push(log);
    this.#sessionLog = log;
    const record = (event: FlowEventBody): void => {
      if (log.stopped !== undefined) {
        this.log.problems.push(`after the end: the session says ${event.kind} after it was stopped`);
      }
      this.log.events.push({ ...event, at: this.#clock.time, session: index });
    };
    const { reader } = this.scenario;
    const session = new Session(
      {
        stream: OWNER.stream,
        startSelector: this.#configured,
        ...(position === undefined ? {} : { position }),
        emit: reader.emit,
        tracks: [],
        maxInFlight: reader.maxInFlight,
        keepTrying: true,
        stallTimeoutMs: STALL_TIMEOUT_MS,
        ackTimeoutMs: ACK_TIMEOUT_MS,
        maxChunkBytes: MAX_CHUNK_BYTES,
      },
      {
        service: this.#service.forSession(index, this.#configured),
        clock: this.#clock,
        limiter: this.#limiter,
        streamKey: 'model',
      },
      this.sabotage(
        {
          chunk: ({ FragmentNumber, sequence, RequestId, chunk: { data } }) => {
            record({ kind: 'chunk', FragmentNumber, sequence, RequestId, data });
            this.#acknowledgeLater(session, FragmentNumber, undefined, record);
          },
          frame: ({ FragmentNumber, RequestId, frame }) => {
            const data = Buffer.from(frame.data);
            record({ kind: 'frame', FragmentNumber, index: frame.index, RequestId, data });
            const whole = this.#random() < 0.1;
            this.#acknowledgeLater(session, FragmentNumber, whole ? undefined : frame.index, record);
          },
          error: (error) => {
            record({ kind: 'error', error });
          },
          state: () => undefined,
          checkpoint: (reached) => {
            record({ kind: 'checkpoint', position: reached });
            this.#reached = this.fragments.findIndex(({ number }) => number === reached.FragmentNumber);
            this.#inProcess = reached;
            checkpoints.save(OWNER, reached);
          },
        },
        this.log,
      ),
    );
    this.#session = session;
    session.start();
    if (this.#pauses > 0) {
      this.#pause();
    }
  }

  #stopSession(): void {
    const pause = this.#sessionLog?.paused.at(-1);
    if (pause?.to === Infinity) {
      pause.to = this.#clock.time;
    }
    this.#session?.stop();
    this.#session = undefined;
    if (this.#sessionLog !== undefined) {
      this.#sessionLog.stopped ??= this.#clock.time;
    }
  }

  #acknowledgeLater(
    session: Session,
    FragmentNumber: string,
    index: number | undefined,
    record: (event: FlowEventBody) => void,
  ): void {
    const { maxInFlight, ackWithin } = this.scenario.reader;
    if (maxInFlight === 0) {
      return;
    }
    const acknowledge = (): void => {
      if (this.#session === session) {
        record({ kind: 'acknowledged', FragmentNumber, index });
        session.acknowledge(FragmentNumber, index);
      }
    };
    this.#clock.after(Math.floor(this.#random() * ackWithin), acknowledge);
    if (this.#random() < 0.1) {
      this.#clock.after(Math.floor(this.#random() * ackWithin), acknowledge);
    }
  }

  // --- what happens to it ------------------------------------------------------------------------------------------

  #act({ kind, by }: Act): void {
    switch (kind) {
      case 'pause':
        this.#pauses++;
        this.#pause();
        this.#clock.after(by, () => {
          this.#pauses--;
          if (this.#pauses === 0) {
            this.#resume();
          }
        });
        break;
      case 'clock-jump':
        this.#clock.jump(by);
        break;
      case 'redeploy':
        this.#redeploy();
        break;
      case 'kill':
        this.#kill();
        break;
    }
  }

  #pause(): void {
    const last = this.#sessionLog?.paused.at(-1);
    if (this.#session !== undefined && last?.to !== Infinity) {
      this.#sessionLog?.paused.push({ from: this.#clock.time, to: Infinity });
      this.#session.pause();
    }
  }

  #resume(): void {
    const last = this.#sessionLog?.paused.at(-1);
    if (last?.to === Infinity) {
      last.to = this.#clock.time;
      this.#session?.resume();
    }
  }

  /** The node is closed, and created again in the same process. */
  #redeploy(): void {
    const checkpoints = this.#checkpoints;
    if (checkpoints === undefined) {
      return;
    }
    this.#checkpoints = undefined;
    this.#starting = true;
    this.#stopSession();
    let closed = false;
    const closeStore = this.#closeStore;
    const goOn = (): void => {
      if (!closed) {
        closed = true;
        cancel();
        closeStore(false);
        this.#begin(false);
      }
    };
    const cancel = this.#clock.after(CLOSE_TIMEOUT_MS, goOn);
    void checkpoints.close().then(goOn);
  }

  /** The process ends without a word, and another one starts. */
  #kill(): void {
    if (this.#checkpoints === undefined) {
      return;
    }
    this.#checkpoints = undefined;
    this.#closeStore(true);
    this.#stopSession();
    this.#begin(true);
  }

  /** A node goes on where it was, or, in a new process, where the store says. */
  #checkLoaded(position: Position | undefined): void {
    const expected = this.#inProcess ?? (this.#store.value as Position | undefined);
    if (
      position?.FragmentNumber !== expected?.FragmentNumber ||
      (position?.FragmentNumber === undefined && position?.ServerTimestamp !== expected?.ServerTimestamp)
    ) {
      this.log.problems.push(
        `checkpoint not taken up: ${JSON.stringify(expected)} was saved, ${JSON.stringify(position)} was loaded`,
      );
    }
  }

  /** At the end the store has the last checkpoint of the process, unless a slow write of before may have landed on it. */
  #checkStore(): void {
    const last = this.#inProcess;
    if (last === undefined || this.scenario.store.some(({ kind }) => kind === 'slow')) {
      return;
    }
    const stored = this.#store.value as { readonly FragmentNumber?: unknown } | undefined;
    if (stored?.FragmentNumber !== last.FragmentNumber) {
      this.log.problems.push('store behind: it does not have the last checkpoint');
    }
  }
}
