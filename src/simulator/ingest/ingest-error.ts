/**
 * What ends a PutMedia session, by the ids of the service's error acknowledgements.
 * https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_dataplane_PutMedia.html
 */
export const ERROR_NAMES = {
  4000: 'STREAM_READ_ERROR',
  4001: 'MAX_FRAGMENT_SIZE_REACHED',
  4002: 'MAX_FRAGMENT_DURATION_REACHED',
  4003: 'MAX_CONNECTION_DURATION_REACHED',
  4004: 'FRAGMENT_TIMECODE_LESSER_THAN_PREVIOUS',
  4006: 'INVALID_MKV_DATA',
  4007: 'INVALID_PRODUCER_TIMESTAMP',
  4008: 'STREAM_NOT_ACTIVE',
  4009: 'FRAGMENT_METADATA_LIMIT_REACHED',
  4010: 'TRACK_NUMBER_MISMATCH',
  4012: 'MORE_THAN_ALLOWED_TRACKS_FOUND',
  5000: 'INTERNAL_ERROR',
} as const;

export type IngestErrorId = keyof typeof ERROR_NAMES;

/** The media cannot be taken; the message says why, for a person. */
export class IngestError extends Error {
  override readonly name = 'IngestError';
  readonly errorId: IngestErrorId;

  constructor(errorId: IngestErrorId, message: string) {
    super(message);
    this.errorId = errorId;
  }
}
