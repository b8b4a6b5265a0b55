/** Reads one response of GetMediaForFragmentList. */
import { KinesisVideoError, type MediaResponse } from '../kinesis-video';
import type { Chunk } from '../matroska';
import { Connection, IN_BAND_TABLE, type SESSION_STATEMENTS } from '../session';
import { statementsOf, type Statement } from '../statement';
import { processTurn } from '../turn';
import type { ArchiveDependencies } from './types';

/** A chunk that has come whole, as far as the response tells. */
export interface ReceivedChunk {
  readonly chunk: Chunk;
  readonly FragmentNumber: string;
  readonly RequestId: string | null;
}

/** What a response brought. */
export interface ListOutcome {
  readonly chunks: readonly ReceivedChunk[];
  /** Why it ended early, or what the service said within it; not that fragments were not found. */
  readonly error?: Error;
}

const say = statementsOf<typeof SESSION_STATEMENTS>();
const STALL_TIMEOUT_MS = 20_000;
/** Within a response: the service does not know the fragment, or does not yet. */
const FRAGMENT_NOT_FOUND = 3_000;

/** Resolves when the response is over, whichever way. @throws the signal's reason, with the response closed */
export async function readListResponse(
  { clock, turn = processTurn }: Pick<ArchiveDependencies, 'clock' | 'turn'>,
  response: MediaResponse,
  { maxChunkBytes, StreamName }: { readonly maxChunkBytes: number; readonly StreamName: string },
  signal: AbortSignal,
): Promise<ListOutcome> {
  const { RequestId } = response;
  const chunks: ReceivedChunk[] = [];
  let connection: Connection | undefined;
  let leave = (): void => undefined;
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
    return await new Promise<ListOutcome>((resolve, reject) => {
      let error: Error | undefined;
      const end = (last?: Error): void => {
        const why = error ?? last;
        resolve({ chunks, ...(why === undefined ? {} : { error: why }) });
      };
      leave = () => {
        reject(signal.reason as Error);
      };
      signal.throwIfAborted();
      signal.addEventListener('abort', leave);
      const options = { maxChunkBytes, stallTimeoutMs: STALL_TIMEOUT_MS, closingTags: false };
      connection = new Connection(
        ...[response, options, clock],
        {
          chunk: (chunk) => {
            const { FragmentNumber } = chunk;
            if (chunk.hasCluster && FragmentNumber !== undefined) {
              chunks.push({ chunk, FragmentNumber, RequestId });
            }
          },
          inBandError: ({ ErrorId }) => {
            if (ErrorId !== FRAGMENT_NOT_FOUND) {
              const row = ErrorId === undefined ? undefined : IN_BAND_TABLE[ErrorId];
              const ErrorType = row?.ErrorType ?? `InBandError${ErrorId ?? ''}`;
              const statements = [
                ErrorId === undefined
                  ? say('problem.inBandWithoutId', { StreamName })
                  : say('problem.inBand', { StreamName, ErrorId }),
                ...(row === undefined ? [] : [say(`meaning.${row.meaning}`, {})]),
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
          received: () => undefined,
          ended: () => {
            end();
          },
          failed: (broken) => {
            end(broken);
          },
          stalled: (silentMs) => {
            const statement = say('problem.stalled', { StreamName, silentMs });
            end(failure('StalledStream', `has not brought a byte for ${String(silentMs)} ms`, [statement]));
          },
        },
        turn,
      );
      connection.start();
    });
  } finally {
    signal.removeEventListener('abort', leave);
    connection?.close();
    response.close();
  }
}
