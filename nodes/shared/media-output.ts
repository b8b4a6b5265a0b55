/** Sends what a session delivers as messages of the media output. */
import type { StreamRef } from '../../src/options';
import type { ChunkDelivery, FrameDelivery, SessionEnd } from '../../src/session';
import { FrameMemory } from './frame-memory';
import { chunkMessage, completeMessage, frameMessage, type MediaMessage } from './media-messages';
import type { NodePort } from './node-port';
import { beforeFrame } from './short-lived-messages';
import { SharedTagsAndTracks } from './tags-and-tracks';

export class MediaOutput {
  readonly #frameMemory = new FrameMemory();
  readonly #tagsAndTracks = new SharedTagsAndTracks();

  /** @param addition further members of every `msg.kvs` */
  constructor(
    private readonly port: Pick<NodePort, 'frame' | 'media' | 'takesMedia'>,
    private readonly addition?: () => object,
  ) {}

  chunk(stream: StreamRef, delivery: ChunkDelivery): void {
    if (this.port.takesMedia()) {
      this.port.media(this.#withAddition(chunkMessage(stream, delivery)));
    }
  }

  /** Says that a bounded session is complete. */
  complete(stream: StreamRef, end: SessionEnd): void {
    if (this.port.takesMedia()) {
      this.port.media(this.#withAddition(completeMessage(stream, end)));
    }
  }

  frame(stream: StreamRef, delivery: FrameDelivery): void {
    if (this.port.takesMedia()) {
      beforeFrame();
      this.port.frame(
        this.#withAddition(frameMessage(stream, delivery, this.#frameMemory, this.#tagsAndTracks)),
      );
    }
  }

  #withAddition(msg: MediaMessage): MediaMessage {
    if (this.addition !== undefined) {
      Object.assign(msg.kvs, this.addition());
    }
    return msg;
  }
}
