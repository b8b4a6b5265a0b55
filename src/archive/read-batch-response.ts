/** Reads one response of GetMediaForFragmentList into chunks. */
import { KinesisVideoError, networkError, type MediaResponse } from '../kinesis-video';
import type { Chunk } from '../matroska';
import { IN_BAND_TABLE, ResponseReader, sessionStatement } from '../session';
import type { Statement } from '../statement';
import { processTurn } from '../event-loop-turn';
import type { ArchiveDependencies } from './types';

/** A chunk that has come whole, as far as the response tells. */
export interface ReceivedChunk {
  readonly chunk: Chunk;
  readonly FragmentNumber: string;
  readonly RequestId: string | null;
}

/** What is asked for, and how large it may be. */
export interface ListRead {
  readonly StreamName: string;
  /** Fragment numbers; chunks of others are not kept. */
  readonly asked: ReadonlySet<string>;
  readonly maxChunkBytes: number;
}

/** What a response brought. */
export interface BatchOutcome {
  readonly chunks: readonly ReceivedChunk[];
  /** Why it ended early, or what the service said within it; not that fragments were not found. */
  readonly error?: Error;
  /** It was not read to its end, because it is larger than it should be. */
  readonly isCut?: boolean;
}

const STALL_TIMEOUT_MS = 20_000;
/**
 * A response that trickles never stalls. What has come whole by then is kept and the rest is asked for again, so that
 * a slow line needs to bring one fragment in this time.
 */
const LONGEST_RESPONSE_MS = 10 * 60_000;
/**
 * A response is not read further once its chunks have more bytes. Batches are made of listed sizes that sum up to much
 * less, but a list can be wrong.
 */
export const MOST_KEPT_BYTES = 16 * 1024 * 1024;
/** Within a response: the service does not know the fragment, or does not yet. */
const FRAGMENT_NOT_FOUND = 3_000;

/** Resolves when the response is over, whichever way. @throws the signal's reason, with the response closed */
export async function readBatchResponse(
  { clock, turn = processTurn }: Pick<ArchiveDependencies, 'clock' | 'turn'>,
  response: MediaResponse,
  { asked, maxChunkBytes, StreamName }: ListRead,
  signal: AbortSignal,
): Promise<BatchOutcome> {
  const { RequestId } = response;
  const chunks: ReceivedChunk[] = [];
  const kept = new Set<string>();
  let [keptBytes, unasked, received] = [0, 0, 0];
  let reader: ResponseReader | undefined;
  let leave = (): void => undefined;
  let cancelLimit = (): void => undefined;
  const failure = (
    ErrorType: string,
    what: string,
    statements: readonly Statement[],
    ErrorId?: number,
  ): KinesisVideoError =>
    new KinesisVideoError(`GetMediaForFragmentList for stream "${StreamName}" ${what}.`, {
      ...{ ErrorType, RequestId, ErrorId, statements },
      ...{ operation: 'GetMediaForFragmentList', statusCode: ErrorId === undefined ? null : 200 },
    });
  try {
    return await new Promise<BatchOutcome>((resolve, reject) => {
      let error: Error | undefined;
      const end = (last?: Error): void => {
        const why = error ?? last;
        resolve({ chunks, ...(why === undefined ? {} : { error: why }) });
      };
      const cut = (): void => {
        reader?.close();
        resolve({ chunks, isCut: true });
      };
      leave = () => {
        reject(signal.reason as Error);
      };
      signal.throwIfAborted();
      signal.addEventListener('abort', leave);
      const options = { maxChunkBytes, stallTimeoutMs: STALL_TIMEOUT_MS, closingTags: false };
      reader = new ResponseReader(
        ...[response, options, clock],
        {
          chunk: (chunk) => {
            const { FragmentNumber } = chunk;
            if (!chunk.hasCluster || FragmentNumber === undefined) {
              return;
            }
            if (asked.has(FragmentNumber) && !kept.has(FragmentNumber)) {
              kept.add(FragmentNumber);
              keptBytes += chunk.data.length;
              chunks.push({ chunk, FragmentNumber, RequestId });
            } else {
              unasked += 1;
            }
            if (keptBytes > MOST_KEPT_BYTES || unasked > asked.size) {
              cut();
            }
          },
          inBandError: ({ ErrorId }) => {
            if (ErrorId !== FRAGMENT_NOT_FOUND) {
              const row = ErrorId === undefined ? undefined : IN_BAND_TABLE[ErrorId];
              const ErrorType = row?.ErrorType ?? `InBandError${ErrorId ?? ''}`;
              const statements = [
                ErrorId === undefined
                  ? sessionStatement('problem.inBandWithoutId', { StreamName })
                  : sessionStatement('problem.inBand', { StreamName, ErrorId }),
                ...(row === undefined ? [] : [sessionStatement(`meaning.${row.meaning}`, {})]),
              ];
              error ??= failure(
                ErrorType,
                `got error ${ErrorId ?? ''} within the media`,
                statements,
                ErrorId,
              );
            }
          },
          // What has not come whole is asked for again: it is missing from what the response brought.
          truncated: () => undefined,
          malformed: () => undefined,
          tooLarge: () => undefined,
          received: (bytes) => {
            received += bytes;
            if (received > MOST_KEPT_BYTES + 2 * maxChunkBytes) {
              cut();
            }
          },
          ended: () => {
            end();
          },
          failed: (broken) => {
            end(broken);
          },
          stalled: (silentMs) => {
            const statement = sessionStatement('problem.stalled', { StreamName, silentMs });
            end(failure('StalledStream', `has not brought a byte for ${String(silentMs)} ms`, [statement]));
          },
        },
        turn,
      );
      cancelLimit = clock.after(LONGEST_RESPONSE_MS, () => {
        const context = { stream: { StreamName } };
        end(networkError('ETIMEDOUT', 'GetMediaForFragmentList', context, { RequestId }));
      });
      reader.start();
    });
  } finally {
    signal.removeEventListener('abort', leave);
    cancelLimit();
    reader?.close();
    response.close();
  }
}
