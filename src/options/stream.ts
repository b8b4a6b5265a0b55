/**
 * Which stream is meant, by name or by ARN, in the two forms in which every Kinesis Video Streams call takes it.
 *
 * Patterns: StreamName and StreamARN of the control-plane API. The media API's own pattern admits only
 * `arn:aws:`, which would shut out China and GovCloud, so the control plane's broader one is used for both.
 * https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_StreamInfo.html
 */

export const STREAM_NAME_PATTERN = /^[a-zA-Z0-9_.-]{1,256}$/;
export const STREAM_ARN_PATTERN =
  /^arn:[a-z\d-]+:kinesisvideo:([a-z0-9-]+):[0-9]+:[a-z]+\/([a-zA-Z0-9_.-]{1,256})\/[0-9]+$/;

/** A stream as calls and messages name it. `StreamARN` is present when the user gave one. */
export interface StreamRef {
  readonly StreamName: string;
  readonly StreamARN?: string;
}

/** Reads what a person typed: a name, or an ARN (anything that begins with `arn:`). Undefined when it is neither. */
export function parseStream(text: string): StreamRef | undefined {
  if (!text.startsWith('arn:')) {
    return STREAM_NAME_PATTERN.test(text) ? { StreamName: text } : undefined;
  }
  const name = text.length <= 1024 ? STREAM_ARN_PATTERN.exec(text)?.[2] : undefined;
  return name === undefined ? undefined : { StreamName: name, StreamARN: text };
}

/** The region that a stream ARN names, or undefined for a plain name. */
export function regionOf(stream: StreamRef): string | undefined {
  return stream.StreamARN === undefined ? undefined : STREAM_ARN_PATTERN.exec(stream.StreamARN)?.[1];
}
