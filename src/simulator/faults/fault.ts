/** What can go wrong on demand, as it is asked for. The API plays it out. */

/** The calls that a fault can name: all that the simulator answers. */
export const OPERATIONS = [
  'GetDataEndpoint',
  'ListStreams',
  'DescribeStream',
  'CreateStream',
  'DeleteStream',
  'UpdateDataRetention',
  'TagStream',
  'UntagStream',
  'ListTagsForStream',
  'GetResources',
  'GetMedia',
  'PutMedia',
  'ListFragments',
  'GetMediaForFragmentList',
  'GetClip',
  'GetImages',
  'GetHLSStreamingSessionURL',
  'GetDASHStreamingSessionURL',
  'GetHLSMasterPlaylist',
  'GetHLSMediaPlaylist',
  'GetDASHManifest',
  'GetMP4InitFragment',
  'GetMP4MediaFragment',
] as const;
export type Operation = (typeof OPERATIONS)[number];

/**
 * How an error names itself: `plain` (x-amzn-ErrorType: Name), `decorated` (the same with the suffix that the
 * service sometimes adds) or `documented` (the spelling of the API pages, x-amz-ErrorType).
 */
export const HEADER_STYLES = ['plain', 'decorated', 'documented'] as const;
export type HeaderStyle = (typeof HEADER_STYLES)[number];

/** Forms of an error response's body. */
export const ERROR_BODIES = ['json', 'xml', 'html', 'empty'] as const;
export type ErrorBody = (typeof ERROR_BODIES)[number];

/** The calls whose answer is a stream of media. */
export const MEDIA_STREAMS = ['GetMedia', 'GetMediaForFragmentList'] as const;
export type MediaStream = (typeof MEDIA_STREAMS)[number];

interface Common {
  /** Only calls for this stream; absent: any. */
  readonly stream?: string;
  /** How many calls it affects, or `always`; default 1. */
  readonly times?: number | 'always';
  /** Matching calls to let pass first; default 0. */
  readonly afterCalls?: number;
  /** Chance in [0, 1] that it affects a matching call; default 1. */
  readonly probability?: number;
}

interface OfAnyOperation extends Common {
  /** Only this operation. Absent: every operation, except that `moved-endpoint` applies to GetMedia only. */
  readonly operation?: Operation;
}

interface InMedia extends Common {
  /** Only answers of this operation; absent: of any. */
  readonly operation?: MediaStream;
}

/** The place in a response's body at which something ends: after so many bytes, before the n-th chunk, or half-way into it. */
interface Ending extends InMedia {
  readonly afterBytes?: number;
  readonly afterChunks?: number;
  readonly midChunk?: number;
}

/** Index of the chunk of a response's body that it affects: 0 (the default) is the first. */
interface OfChunk extends InMedia {
  readonly afterChunks?: number;
}

/** In place of, or before, a response's head. */
export type HeadFault =
  | (OfAnyOperation & {
      readonly kind: 'http-error';
      readonly ErrorType: string;
      readonly statusCode: number;
      readonly message?: string;
      readonly body?: ErrorBody;
      readonly headerStyle?: HeaderStyle;
    })
  /** ExpiredTokenException, whatever the credentials. */
  | (OfAnyOperation & { readonly kind: 'expired-credentials' })
  /** The connection is reset before the head. */
  | (OfAnyOperation & { readonly kind: 'reset' })
  /** The connection is closed, and for `forMs` (default 1000) no new one is accepted on that port. */
  | (OfAnyOperation & { readonly kind: 'refuse-connection'; readonly forMs?: number })
  /** The stream moves to a new data port: InvalidEndpointException at the old one from now on. */
  | (OfAnyOperation & { readonly kind: 'moved-endpoint' });

/** The head comes late, whatever it then is. */
export type SlowHeadFault = OfAnyOperation & { readonly kind: 'slow-head'; readonly delayMs: number };

/** The service's clock is off until the fault is cleared: shows in `Date` and in the check of signatures. */
export type ClockFault = Common & { readonly kind: 'clock-skew'; readonly offsetMs: number };

/** In the body of a response of media. */
export type BodyFault =
  /** The socket is destroyed; default half-way into the first chunk. */
  | (Ending & { readonly kind: 'cut' })
  /** Nothing more is sent and nothing is closed; default half-way into the first chunk. */
  | (Ending & { readonly kind: 'stall' })
  /** The response ends cleanly; default after one chunk. */
  | (Ending & { readonly kind: 'early-end' })
  /** `length` bytes (default 16) from `offset` are overwritten with noise. */
  | (InMedia & { readonly kind: 'corrupt'; readonly offset: number; readonly length?: number })
  /** `bytes` of noise (default 1000) before a chunk, or (`html`) a web page there, or (`whole`) nothing but the page. */
  | (OfChunk & {
      readonly kind: 'garbage';
      readonly bytes?: number;
      readonly html?: boolean;
      readonly whole?: boolean;
    })
  /** Error tags before a chunk, or (`mid`) in the middle of its Cluster; then the response ends. */
  | (OfChunk & {
      readonly kind: 'in-band-error';
      readonly ErrorId: number;
      readonly ErrorCode?: string;
      readonly mid?: boolean;
    })
  | (OfChunk & {
      readonly kind: 'duplicate-chunk' | 'missing-tail' | 'drop-chunk' | 'clusterless-chunk';
    })
  /** The chunks of a GetMediaForFragmentList answer come in another order than they were asked for. */
  | (InMedia & { readonly kind: 'reordered-chunks' });

export type Fault = HeadFault | SlowHeadFault | ClockFault | BodyFault;
export type FaultKind = Fault['kind'];
