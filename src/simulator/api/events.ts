/** What a simulator reports to its listeners. */
import type { MediaStream, Operation } from '../faults';

/** One call and its outcome. */
export interface RequestRecord {
  /** ms since the epoch, by the simulator's clock. */
  readonly at: number;
  readonly operation: Operation;
  readonly requestId: string;
  /** 0 if a fault kept the head back. */
  readonly statusCode: number;
  readonly stream?: string;
  /** The StartSelector as it was sent. */
  readonly selector?: unknown;
  readonly ErrorType?: string;
}

export interface ChunkSent {
  readonly stream: string;
  readonly operation: MediaStream;
  readonly FragmentNumber: string | undefined;
  readonly requestId: string;
  /** When the last byte was handed to the socket: `performance.now()`, for latencies within this process. */
  readonly at: number;
  /** The whole chunk as it was sent (faults aside). Made when called. */
  readonly bytes: () => Buffer;
}

export interface SimulatorEvents {
  request: [RequestRecord];
  chunkSent: [ChunkSent];
  /** A response of media has opened or closed; `open` is how many of this operation the stream has now. */
  connection: [
    {
      readonly stream: string;
      readonly operation: MediaStream;
      readonly requestId: string;
      readonly open: number;
    },
  ];
}
