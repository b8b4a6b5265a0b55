/** Answers a request with pictures of moments: where they are stored, their messages, and what can go wrong with them. */
import { randomUUID } from 'node:crypto';
import type { NodeMessage } from 'node-red';
import type { RangeRequest } from '../../src/archive';
import {
  ClipTooLargeError,
  FileStore,
  IntervalTooShortError,
  makePictures,
  type PictureDependencies,
  type PicturesResult,
  type StoredClip,
  type StoredPicture,
} from '../../src/clips';
import type { ArchiveSettings, StreamRef } from '../../src/options';
import { DecoderError } from '../../src/pictures';
import type { AnswerPort, CopyRequest } from './answer-messages';
import { archivePayload, ownError, RequestFailure } from './archive-errors';
import { failureOf, pathOf } from './answer-files';

const MIME_TYPES = { jpeg: 'image/jpeg', png: 'image/png' } as const;

/** @throws RequestFailure, ArchiveError, KinesisVideoError, or the signal's reason */
export async function answerWithImages(
  request: RangeRequest & { readonly maxChunkBytes: number },
  settings: ArchiveSettings,
  dependencies: PictureDependencies,
  port: AnswerPort,
  signal: AbortSignal,
): Promise<void> {
  const { words, problem, copy, send } = port;
  const { StreamName } = request.stream;
  const { intervalMs, width, quality, format, imageSource, tracks } = settings;
  const mimeType = MIME_TYPES[format];
  const files = settings.saveTo === 'message' ? undefined : new FileStore(await pathOf(port));
  const id = randomUUID();
  let index = 0;
  // Only the last picture says how many there are.
  let held: NodeMessage | undefined;
  const release = (count?: number): void => {
    if (held !== undefined && intervalMs > 0) {
      const parts = { id, index, ...(count === undefined ? {} : { count }) };
      index += 1;
      send({ ...held, parts });
    } else if (held !== undefined) {
      send(held);
    }
    held = undefined;
  };
  let result: PicturesResult;
  try {
    await files?.prepare();
    result = await makePictures(
      {
        ...{ ...request, intervalMs, tracks, source: imageSource },
        form: { as: format, width, quality },
      },
      dependencies,
      {
        picture: async (picture) => {
          const { data } = picture;
          if (files === undefined && data.length > settings.maxBytes) {
            throw new ClipTooLargeError(settings.maxBytes);
          }
          const part = { head: data, mediaBytes: 0, format: { mimeType } };
          const stored = files === undefined ? data : await files.finish(part, signal);
          release();
          held = imageAnswer(copy, request.stream, picture, stored, mimeType);
        },
        error: (error) => {
          problem(archivePayload(error, words));
        },
      },
      signal,
    );
  } catch (error) {
    if (!signal.aborted) {
      release();
    }
    throw pictureFailure(error, port, StreamName) ?? failureOf(error, port, StreamName);
  }
  const { pictures, without, withoutSpan, notRetained } = result;
  if (notRetained !== undefined) {
    problem(ownError('ArchiveIncomplete', words, 'notRetained', { StreamName }, [notRetained]));
  }
  if (pictures === 0) {
    throw new RequestFailure(ownError('NoMediaInRange', words, 'noImage', { StreamName }));
  }
  release(pictures);
  if (withoutSpan !== undefined) {
    problem(
      ownError('ArchiveIncomplete', words, 'missingImages', { StreamName, images: without }, [withoutSpan]),
    );
  }
}

function imageAnswer(
  copy: CopyRequest,
  stream: StreamRef,
  { at, frameTime, FragmentNumber, width, height }: StoredPicture,
  payload: StoredClip,
  mimeType: string,
): NodeMessage {
  const image = { at, frameTime, FragmentNumber, width, height, mimeType };
  const answer: NodeMessage & { kvs: object } = {
    ...copy(),
    ...{ topic: stream.StreamName, payload, kvs: { ...stream, image } },
  };
  return answer;
}

/** Undefined for what is not of pictures alone. */
function pictureFailure(
  error: unknown,
  { words }: AnswerPort,
  StreamName: string,
): RequestFailure | undefined {
  if (error instanceof DecoderError) {
    const { ErrorType, statement: detail } = error;
    return new RequestFailure(ownError(ErrorType, words, ErrorType, { StreamName, detail }));
  }
  if (error instanceof ClipTooLargeError) {
    const megabytes = error.maxBytes / 1_000_000;
    return new RequestFailure(ownError('ClipTooLarge', words, 'imageTooLarge', { StreamName, megabytes }));
  }
  if (error instanceof IntervalTooShortError) {
    const seconds = error.shortestMs / 1_000;
    return new RequestFailure(ownError('InvalidInput', words, 'intervalTooShort', { StreamName, seconds }));
  }
  return undefined;
}
