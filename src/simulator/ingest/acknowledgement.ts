/**
 * The lines that a producer gets back: one JSON object each. FragmentTimecode is the Cluster's time in ms, as it was
 * sent. https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_dataplane_PutMedia.html
 */
import { ERROR_NAMES, type IngestError } from './ingest-error';

export type EventType = 'BUFFERING' | 'RECEIVED' | 'PERSISTED';

export interface Acknowledgement {
  readonly EventType: EventType | 'ERROR' | 'IDLE';
  readonly FragmentTimecode?: number;
  readonly FragmentNumber?: string;
  readonly ErrorId?: number;
  readonly ErrorCode?: string;
  /** The simulator's own addition: the error in words, for a person. */
  readonly Message?: string;
}

/** @param about the fragment under way, if there is one */
export function errorAcknowledgement(
  error: IngestError,
  about: Pick<Acknowledgement, 'FragmentTimecode' | 'FragmentNumber'>,
  inWords: boolean,
): Acknowledgement {
  return {
    EventType: 'ERROR',
    ...about,
    ErrorId: error.errorId,
    ErrorCode: ERROR_NAMES[error.errorId],
    ...(inWords ? { Message: error.message } : {}),
  };
}

export function acknowledgementLine(acknowledgement: Acknowledgement): string {
  return `${JSON.stringify(acknowledgement)}\n`;
}
