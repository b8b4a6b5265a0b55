/** One kvs-archive node without Node-RED: what it does with requests. */
import type { NodeMessage, NodeStatus } from 'node-red';
import { ArchiveError } from '../../src/archive';
import { systemClock, type Clock } from '../../src/clock';
import {
  checkArchive,
  type ArchiveProperties,
  type ArchiveSettings,
  type StreamRef,
} from '../../src/options';
import { reasonOf } from '../../src/kinesis-video';
import type { ErrorReport } from '../../src/session';
import type { Account } from '../shared/account';
import { errorMessage, errorPayload } from '../shared/error-output';
import { readInput } from '../shared/input-properties';
import { SessionEndedError } from '../shared/session-ended-error';
import { settingAtFault, settingsError } from '../shared/settings-error';
import { StatusThrottle } from '../shared/status-throttle';
import { Statuses } from '../shared/state-to-status';
import type { Words } from '../shared/words';
import { copier } from './answer-messages';
import type { ArchiveMessage } from './archive-message';
import {
  archivePayload,
  ownError,
  RequestError,
  unreadableError,
  type ArchivePayload,
  RequestFailure,
} from './archive-errors';
import { archiveStatus } from './archive-status';
import { RequestRun } from './request-run';
import { RequestQueue } from './request-queue';
import { parseRequest, type ArchiveAction, type ArchiveRequest } from './parse-request';

/** Answers for output 1, errors for output 2. */
export type ArchiveSend = (messages: [NodeMessage | null, NodeMessage | null]) => void;

/** What the node needs of its Node-RED node. */
export interface ArchivePort {
  status(status: NodeStatus): void;
  /** Raises an error that a Catch node can take. */
  raise(error: Error, msg: NodeMessage): void;
  readonly words: Words;
  /** Copies a message, so that receivers do not share it. */
  clone(msg: ArchiveMessage): ArchiveMessage;
  /** The value of a typed property for a message: text, or where that is. */
  evaluate(value: string, type: string, msg: ArchiveMessage): Promise<unknown>;
}

/** A reason to end a request that says nothing to anyone. */
const CLOSED = new DOMException('The node was closed.', 'AbortError');
const CANCELLED = new DOMException('The request was cancelled.', 'AbortError');

export class ArchiveNode {
  readonly #settings: ArchiveSettings | undefined;
  readonly #problem: ErrorReport | undefined;
  readonly #problemAt: string;
  readonly #queue = new RequestQueue<RequestRun>();
  readonly #status: StatusThrottle;
  #failed: string | undefined;
  #closed = false;

  /** @param account undefined where the node has no config node, or one that does not exist */
  constructor(
    private readonly port: ArchivePort,
    properties: ArchiveProperties,
    private readonly account: Account | undefined,
    private readonly clock: Clock = systemClock,
  ) {
    const checked = checkArchive(properties, account?.settings?.region);
    this.#settings = 'settings' in checked ? checked.settings : undefined;
    const problems = 'problems' in checked ? checked.problems : [];
    this.#problem = settingsError(account, problems, port.words);
    this.#problemAt = settingAtFault(account, problems);
    this.#status = new StatusThrottle(port, clock);
  }

  /** Says at once what is wrong with the settings. */
  begin(): void {
    if (this.#problem === undefined) {
      this.#show();
    } else {
      const payload = errorPayload(this.#problem, this.port.words);
      const msg = errorMessage(payload, {}, {});
      this.#status.show(new Statuses(this.port.words).failed(payload.ErrorType, this.#problemAt));
      this.port.raise(new SessionEndedError(payload, msg), msg);
    }
  }

  /**
   * Settles when the message has been dealt with: a request when it is answered and, with acknowledgements, those have
   * come.
   *
   * @throws RequestError for whoever called; the error output has it too
   */
  async handle(msg: ArchiveMessage, send: ArchiveSend): Promise<void> {
    const settings = this.#settings;
    if (this.#problem !== undefined || settings === undefined) {
      throw this.#fail(msg, { ...ownError('InvalidInput', this.port.words, 'settings') }, undefined, send);
    }
    const region = this.account?.settings?.region;
    const parsed = readInput(() => parseRequest({ ...msg }, settings, region));
    if ('problem' in parsed) {
      const { problem } = parsed;
      throw typeof problem === 'string'
        ? this.#refuse(msg, problem, send)
        : this.#fail(msg, unreadableError(this.port.words), undefined, send);
    }
    await this.#act(parsed.action, settings, msg, send);
  }

  /** Ends all requests in silence. */
  close(): void {
    this.#closed = true;
    this.#queue.cancel(undefined, CLOSED);
    this.#status.cancel();
  }

  async #act(action: ArchiveAction, settings: ArchiveSettings, msg: ArchiveMessage, send: ArchiveSend) {
    switch (action.name) {
      case 'get':
        await this.#get(action.request, settings, msg, send);
        break;
      case 'cancel':
        if (this.#queue.cancel(action.id, CANCELLED) === 0) {
          throw this.#refuse(msg, 'nothingToCancel', send);
        }
        break;
      case 'ack': {
        const chosen = this.#queue.running.filter(({ id }) => action.id === undefined || action.id === id);
        const known = chosen.filter(({ work }) => work.acknowledge(action.FragmentNumber));
        if (known.length === 0) {
          throw this.#refuse(msg, 'ackUnknown', send);
        }
        break;
      }
    }
  }

  async #get(request: ArchiveRequest, settings: ArchiveSettings, msg: ArchiveMessage, send: ArchiveSend) {
    const { stream, id } = request;
    if (this.#queue.isFull) {
      throw this.#fail(msg, ownError('QueueFull', this.port.words, 'queueFull'), stream, send);
    }
    const run = new RequestRun(request, settings, this.clock, {
      copy: copier(msg, (rest) => this.port.clone(rest)),
      send: (result) => {
        if (!this.#closed) {
          send([result, null]);
        }
      },
      problem: (payload) => {
        this.#report(msg, payload, stream, send);
      },
      filename: () => this.port.evaluate(settings.filename, settings.filenameType, msg),
      words: this.port.words,
    });
    try {
      await this.#queue.run(run, id, async ({ controller: { signal } }) => {
        this.#failed = undefined;
        this.#show();
        await run.run(this.account, signal);
      });
    } catch (error) {
      const payload = this.#payloadOf(error, stream);
      if (payload !== undefined) {
        throw this.#fail(msg, payload, stream, send);
      }
    } finally {
      this.#show();
    }
  }

  /** Undefined where nobody wants to know. */
  #payloadOf(error: unknown, { StreamName }: StreamRef): ArchivePayload | undefined {
    const { words } = this.port;
    if (this.#closed || error === CLOSED) {
      return undefined;
    }
    if (error === CANCELLED) {
      return ownError('Cancelled', words, 'cancelled', { StreamName });
    }
    if (error instanceof ArchiveError) {
      return archivePayload(error.report, words);
    }
    if (error instanceof RequestFailure) {
      return error.payload;
    }
    const name = error instanceof Error ? error.name : 'Error';
    const payload = ownError('InvalidInput', words, 'unforeseen', { reason: reasonOf(error) });
    return { ...payload, ErrorType: name, operation: 'Archive' };
  }

  #refuse(msg: ArchiveMessage, key: string, send: ArchiveSend): RequestError {
    return this.#fail(msg, ownError('InvalidInput', this.port.words, key), undefined, send);
  }

  /** Reports an error that ends a request, and makes what its caller is given. */
  #fail(
    msg: ArchiveMessage,
    payload: ArchivePayload,
    stream: StreamRef | undefined,
    send: ArchiveSend,
  ): RequestError {
    return new RequestError(payload, this.#report(msg, payload, stream, send));
  }

  #report(
    msg: ArchiveMessage,
    payload: ArchivePayload,
    stream: StreamRef | undefined,
    send: ArchiveSend,
  ): NodeMessage {
    const copy = this.#copyOf(msg);
    const topic = stream === undefined ? {} : { topic: stream.StreamName };
    const failed = { ...copy, ...errorMessage(payload, { ...stream }, topic) };
    if (!this.#closed) {
      send([null, failed]);
      this.#failed = payload.ErrorType;
      this.#show();
    }
    return failed;
  }

  /** Nothing of a message that cannot be copied: the error does without it. */
  #copyOf(msg: ArchiveMessage): ArchiveMessage | object {
    try {
      return copier(msg, (rest) => this.port.clone(rest))();
    } catch {
      return {};
    }
  }

  #show(): void {
    if (this.#closed || this.#problem !== undefined) {
      return;
    }
    this.#status.schedule(() => {
      const { running, waiting } = this.#queue;
      if (running.length > 0) {
        // What a request waits for changes without an event.
        this.#show();
      }
      const progress = running.map(({ work }) => work.progress);
      return archiveStatus({ failed: this.#failed, running: progress, waiting }, this.port.words);
    });
  }
}
