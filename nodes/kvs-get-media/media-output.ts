/** Sends what a session delivers as messages of the media output. */
import type { StreamRef } from '../../src/options';
import type { ChunkDelivery, FrameDelivery, SessionEnd } from '../../src/session';
import { FrameMemory } from '../shared/frame-memory';
import { chunkMessage, completeMessage, frameMessage } from '../shared/media-messages';
import type { NodePort } from '../shared/node-port';
import { SharedParts } from '../shared/shared-parts';

export class MediaOutput {
  readonly #frameMemory = new FrameMemory();
  readonly #sharedParts = new SharedParts();

  constructor(private readonly port: Pick<NodePort, 'media'>) {}

  chunk(stream: StreamRef, delivery: ChunkDelivery): void {
    this.port.media(() => chunkMessage(stream, delivery));
  }

  /** Says that a bounded session is complete. */
  complete(stream: StreamRef, end: SessionEnd): void {
    this.port.media(() => completeMessage(stream, end));
  }

  frame(stream: StreamRef, delivery: FrameDelivery): void {
    this.port.media(() => frameMessage(stream, delivery, this.#frameMemory, this.#sharedParts));
  }
}
