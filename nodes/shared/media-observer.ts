/** What a node that reads a stream offers to those who look on, such as the live preview. It does not know them. */
import type { Node } from 'node-red';
import type { Chunk } from '../../src/matroska';
import type { GetMediaSettings, StreamRef } from '../../src/options';
import type { ErrorReport, State } from '../../src/session';
import type { Account } from './account';
import type { ErrorPayload } from './error-output';
import type { Words } from './words';

export interface MediaObserver {
  /** A whole chunk, before the flow gets it: to be read at once and not kept, since the flow may write into it. */
  chunk(chunk: Chunk): void;
  error(error: ErrorPayload): void;
  /** The node is no more. */
  closed(): void;
}

/** A node that can be observed. */
export interface ObservableMedia {
  /** Why it cannot start at all. */
  readonly problem: ErrorReport | undefined;
  readonly words: Words;
  readonly account: Account | undefined;
  readonly settings: GetMediaSettings | undefined;
  /** What it reads, or would. */
  readonly stream: StreamRef | undefined;
  /** Of its session; undefined where it has none. */
  readonly state: State | undefined;
  /** Whether it reads whole chunks, at the live end: an observer then sees what is live. */
  readonly isLive: boolean;
  /** @returns what ends it */
  observe(observer: MediaObserver): () => void;
}

/** The observers of one node, called one after the other. One may leave during its call. */
export class MediaObservers implements MediaObserver {
  readonly #observers = new Set<MediaObserver>();

  add(observer: MediaObserver): () => void {
    this.#observers.add(observer);
    return () => {
      this.#observers.delete(observer);
    };
  }

  chunk(chunk: Chunk): void {
    for (const observer of this.#observers) {
      observer.chunk(chunk);
    }
  }

  error(error: ErrorPayload): void {
    for (const observer of this.#observers) {
      observer.error(error);
    }
  }

  closed(): void {
    for (const observer of [...this.#observers]) {
      observer.closed();
    }
  }
}

/** What `RED.nodes.getNode` found, as far as it can be observed: undefined for no node, or one of another type. */
export function observableMediaOf(node: Node | null | undefined): ObservableMedia | undefined {
  const media = node !== null && node !== undefined && 'media' in node ? node.media : undefined;
  return isObservable(media) ? media : undefined;
}

function isObservable(media: unknown): media is ObservableMedia {
  return (
    typeof media === 'object' && media !== null && 'observe' in media && typeof media.observe === 'function'
  );
}
