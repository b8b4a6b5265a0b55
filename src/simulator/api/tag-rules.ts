/** Tags of streams as resources of an account, and the rules for them. https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_TagStream.html */
import type { ResourceTags } from '../streams';
import { ServiceError, invalidArgument } from './service-error';

const MOST_TAGS = 50;
const LONGEST_KEY = 128;
const LONGEST_VALUE = 256;
/** Letters, digits, spaces and some punctuation. */
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** @throws {ServiceError} InvalidArgument, TagsPerResourceExceededLimit */
export function readTags(tags: unknown): ResourceTags {
  if (typeof tags !== 'object' || tags === null || Array.isArray(tags)) {
    throw invalidArgument('Tags must be a map of keys to values.');
  }
  return checkCount(
    new Map(
      Object.entries(tags).map(([key, value]) => {
        readKey(key);
        if (typeof value !== 'string' || value.length > LONGEST_VALUE || !TAG_TEXT.test(value)) {
          throw invalidArgument(`The value of a tag must have at most ${LONGEST_VALUE} allowed characters.`);
        }
        return [key, value] as const;
      }),
    ),
  );
}

/** @throws {ServiceError} InvalidArgument */
export function readKeys(keys: unknown): readonly string[] {
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > MOST_TAGS) {
    throw invalidArgument(`TagKeyList must have from 1 to ${MOST_TAGS} keys.`);
  }
  return keys.map(readKey);
}

/** @throws {ServiceError} TagsPerResourceExceededLimit */
export function checkCount(tags: ResourceTags): ResourceTags {
  if (tags.size > MOST_TAGS) {
    throw new ServiceError(
      'TagsPerResourceExceededLimitException',
      `A stream can have at most ${MOST_TAGS} tags.`,
    );
  }
  return tags;
}

function readKey(key: unknown): string {
  if (typeof key !== 'string' || key === '' || key.length > LONGEST_KEY || !TAG_TEXT.test(key)) {
    throw invalidArgument(`The key of a tag must have from 1 to ${LONGEST_KEY} allowed characters.`);
  }
  if (key.toLowerCase().startsWith('aws:')) {
    throw invalidArgument('Keys that begin with aws: are reserved.');
  }
  return key;
}
