import type { HttpRequest } from '@smithy/types';
import type { StartSelector, StreamRef } from '../options';

/** What GetMedia is sent, before it is signed. `endpoint` may have a path of its own. */
export function getMediaRequest(
  endpoint: string,
  stream: StreamRef,
  startSelector: StartSelector,
): HttpRequest {
  const url = new URL(endpoint);
  const body = JSON.stringify({ ...streamMember(stream), StartSelector: wireSelector(startSelector) });
  return {
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    path: `${url.pathname.replace(/\/+$/, '')}/getMedia`,
    query: {},
    headers: {
      host: url.host,
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'user-agent': 'kvs-flow',
    },
    body,
  };
}

/** The ARN where there is one: the API takes one of the two, and the ARN says more. */
export function streamMember(stream: StreamRef): { StreamARN: string } | { StreamName: string } {
  return stream.StreamARN === undefined ? { StreamName: stream.StreamName } : { StreamARN: stream.StreamARN };
}

/** Timestamps travel as seconds with a fraction; dividing whole milliseconds by 1000 prints as exactly three decimals. */
function wireSelector(selector: StartSelector): object {
  return 'StartTimestamp' in selector
    ? { ...selector, StartTimestamp: selector.StartTimestamp / 1000 }
    : selector;
}
