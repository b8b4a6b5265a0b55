/** Answers a request with a clip: where it is stored, its messages, and what can go wrong with it. */
import { randomUUID } from 'node:crypto';
import type { NodeMessage } from 'node-red';
import type { ArchiveDependencies, RangeRequest } from '../../src/archive';
import { BufferStore, FileStore, makeClip, type Clip, type ClipResult } from '../../src/clips';
import type { ArchiveSettings, StreamRef } from '../../src/options';
import type { AnswerPort, CopyRequest } from './answer-messages';
import { archivePayload, ownError, RequestFailure } from './archive-errors';
import { failureOf, pathOf } from './answer-files';

/** @throws RequestFailure, ArchiveError, or the signal's reason */
export async function answerWithClip(
  request: RangeRequest & { readonly maxChunkBytes: number },
  settings: ArchiveSettings,
  dependencies: ArchiveDependencies,
  port: AnswerPort,
  signal: AbortSignal,
): Promise<void> {
  const { words, problem, copy, send } = port;
  const { StreamName } = request.stream;
  const store =
    settings.saveTo === 'message' ? new BufferStore(settings.maxBytes) : new FileStore(await pathOf(port));
  let result: ClipResult;
  try {
    const events = {
      error: (error: Parameters<typeof archivePayload>[0]) => {
        problem(archivePayload(error, words));
      },
    };
    result = await makeClip({ ...request, tracks: settings.tracks }, dependencies, store, events, signal);
  } catch (error) {
    throw failureOf(error, port, StreamName);
  }
  const { clips, problems, chunks, isComplete, isCut, missing, missingSpans, notRetained } = result;
  if (clips.length === 0) {
    const why = problems.find(({ action }) => action === 'skip') ?? problems[0];
    throw new RequestFailure(
      chunks === 0 || why === undefined
        ? ownError('NoMediaInRange', words, 'noMedia', { StreamName })
        : {
            ...ownError('NoMediaInRange', words, 'noClip', { StreamName, detail: why.statement }),
            ErrorType: why.ErrorType,
          },
    );
  }
  if (notRetained !== undefined) {
    problem(ownError('ArchiveIncomplete', words, 'notRetained', { StreamName }, [notRetained]));
  }
  if (isCut) {
    const left = [{ from: Math.round(clips.at(-1)?.end ?? request.from), to: request.to }];
    problem(ownError('ArchiveIncomplete', words, 'tooManyFiles', { StreamName, files: clips.length }, left));
  } else if (missing > 0 || (!isComplete && notRetained === undefined)) {
    const values = { StreamName, fragments: Math.max(1, missing) };
    problem(ownError('ArchiveIncomplete', words, 'incomplete', values, missingSpans));
  }
  const id = randomUUID();
  for (const [index, clip] of clips.entries()) {
    const parts = clips.length === 1 ? {} : { parts: { id, index, count: clips.length } };
    send({ ...clipAnswer(copy, request, clip, isComplete), ...parts });
  }
}

function clipAnswer(
  copy: CopyRequest,
  { stream, from, to }: { readonly stream: StreamRef; readonly from: number; readonly to: number },
  { stored, start, end, fragments, firstFragmentNumber, lastFragmentNumber, gaps, format, bytes }: Clip,
  complete: boolean,
): NodeMessage {
  const [begin, finish] = [Math.round(start), Math.round(end)];
  const clip = {
    ...{ from, to, start: begin, end: finish, durationMs: finish - begin },
    ...{ fragments, firstFragmentNumber, lastFragmentNumber },
    ...{ gaps: gaps.map((gap) => ({ ...gap })), complete, mimeType: format.mimeType, bytes },
  };
  const answer: NodeMessage & { kvs: object } = {
    ...copy(),
    ...{ topic: stream.StreamName, payload: stored, kvs: { ...stream, clip } },
  };
  return answer;
}
