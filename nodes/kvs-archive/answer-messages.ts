/** The answers of kvs-archive: the request's own message, with what was asked for in place of its payload. */
import type { NodeMessage } from 'node-red';
import type { ArchivedChunk, Coverage } from '../../src/archive';
import type { StoredFragment } from '../../src/kinesis-video';
import type { StreamRef } from '../../src/options';
import { chunkMessage } from '../shared/media-messages';
import type { Words } from '../shared/words';
import type { ArchivePayload } from './archive-errors';
import type { ArchiveMessage } from './archive-message';

/** Copies a request's message without what the answer replaces. */
export type CopyRequest = () => ArchiveMessage;

/** Where an answer goes. */
export interface AnswerPort {
  /** Makes a copy of the request's message. */
  readonly copy: CopyRequest;
  readonly words: Words;
  readonly send: (answer: NodeMessage) => void;
  /** The path of the file for this request, wherever the settings say that it is. */
  readonly filename: () => Promise<unknown>;
  /** Something is wrong that does not end the request. */
  readonly problem: (payload: ArchivePayload) => void;
}

/** @param clone copies a message, so that receivers do not share it */
export function copier(msg: ArchiveMessage, clone: (msg: ArchiveMessage) => ArchiveMessage): CopyRequest {
  const rest = { ...msg };
  delete rest.payload;
  delete rest.kvs;
  delete rest.action;
  return () => clone(rest);
}

export function chunkAnswer(copy: CopyRequest, stream: StreamRef, chunk: ArchivedChunk): NodeMessage {
  const { kvs, ...media } = chunkMessage(stream, chunk) as NodeMessage & { kvs: object };
  return { ...copy(), ...media, kvs: { ...kvs, ...(chunk.isLast ? { last: true } : {}) } };
}

export function fragmentsAnswer(
  copy: CopyRequest,
  stream: StreamRef,
  fragments: readonly StoredFragment[],
  { coverage, gaps }: Coverage,
): NodeMessage {
  const bytes = fragments.reduce((sum, { FragmentSizeInBytes }) => sum + FragmentSizeInBytes, 0);
  return {
    ...copy(),
    topic: stream.StreamName,
    payload: fragments.map((fragment) => ({ ...fragment })),
    kvs: {
      ...stream,
      coverage: coverage.map((span) => ({ ...span })),
      gaps: gaps.map((span) => ({ ...span })),
      bytes,
    },
  };
}

export function urlAnswer(
  copy: CopyRequest,
  stream: StreamRef,
  address: string,
  url: { readonly protocol: string; readonly expiresAt: number },
): NodeMessage {
  return { ...copy(), topic: stream.StreamName, payload: address, kvs: { ...stream, url } };
}
