/** Which operations each plane serves, by path. An operation that is in no table is UnknownOperationException. */
import { stringify, sendJson } from './responses';
import type { Call } from './call';
import { createStream } from './create-stream';
import type { DataPlanes } from './data-plane';
import { deleteStream } from './delete-stream';
import { describeStream } from './describe-stream';
import { getClip } from './get-clip';
import { getDataEndpoint } from './get-data-endpoint';
import { getImages } from './get-images';
import { getMedia } from './get-media';
import { getMediaForFragmentList } from './get-media-for-fragment-list';
import { getResources } from './get-resources';
import { getStreamingSessionUrl } from './get-streaming-session-url';
import { listFragments } from './list-fragments';
import { listStreams } from './list-streams';
import type { OperationTable, ServedOperation } from './operation';
import {
  getDashManifest,
  getHlsMasterPlaylist,
  getHlsMediaPlaylist,
  getMp4InitFragment,
  getMp4MediaFragment,
  type Player,
} from './play-session';
import { putMedia } from './put-media';
import type { Service } from './service';
import { listTagsForStream, tagStream, untagStream } from './tag-operations';
import { updateDataRetention } from './update-data-retention';

/** https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_Operations_Amazon_Kinesis_Video_Streams.html */
export function controlOperations(dataPlanes: DataPlanes): OperationTable {
  return new Map<string, ServedOperation>([
    [
      '/getDataEndpoint',
      json('GetDataEndpoint', (service, call) => getDataEndpoint(service, call, dataPlanes)),
    ],
    ['/listStreams', json('ListStreams', listStreams)],
    ['/describeStream', json('DescribeStream', describeStream)],
    ['/createStream', json('CreateStream', createStream)],
    ['/deleteStream', json('DeleteStream', deleteStream)],
    ['/updateDataRetention', json('UpdateDataRetention', updateDataRetention)],
    ['/tagStream', json('TagStream', tagStream)],
    ['/untagStream', json('UntagStream', untagStream)],
    ['/listTagsForStream', json('ListTagsForStream', listTagsForStream)],
    [
      'ResourceGroupsTaggingAPI_20170126.GetResources',
      { ...json('GetResources', getResources), service: 'tagging' },
    ],
  ]);
}

/** https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_Operations_Amazon_Kinesis_Video_Streams_Media.html */
export const MEDIA_OPERATIONS: OperationTable = new Map<string, ServedOperation>([
  ['/getMedia', { operation: 'GetMedia', answer: getMedia }],
  ['/putMedia', { operation: 'PutMedia', takesMedia: true, answer: putMedia }],
]);

/** https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_Operations_Amazon_Kinesis_Video_Streams_Archived_Media.html */
export const ARCHIVED_OPERATIONS: OperationTable = new Map(
  Object.entries<ServedOperation>({
    '/listFragments': json('ListFragments', listFragments),
    '/getMediaForFragmentList': { operation: 'GetMediaForFragmentList', answer: getMediaForFragmentList },
    '/getClip': { operation: 'GetClip', answer: getClip },
    '/getImages': { operation: 'GetImages', answer: getImages },
    '/getHLSStreamingSessionURL': json('GetHLSStreamingSessionURL', getStreamingSessionUrl('HLS')),
    '/getDASHStreamingSessionURL': json('GetDASHStreamingSessionURL', getStreamingSessionUrl('DASH')),
    '/hls/v1/getHLSMasterPlaylist.m3u8': played('GetHLSMasterPlaylist', getHlsMasterPlaylist),
    '/hls/v1/getHLSMediaPlaylist.m3u8': played('GetHLSMediaPlaylist', getHlsMediaPlaylist),
    '/hls/v1/getMP4InitFragment.mp4': played('GetMP4InitFragment', getMp4InitFragment),
    '/hls/v1/getMP4MediaFragment.mp4': played('GetMP4MediaFragment', getMp4MediaFragment),
    '/dash/v1/getDASHManifest.mpd': played('GetDASHManifest', getDashManifest),
    '/dash/v1/getMP4InitFragment.mp4': played('GetMP4InitFragment', getMp4InitFragment),
    '/dash/v1/getMP4MediaFragment.mp4': played('GetMP4MediaFragment', getMp4MediaFragment),
  }).map(([path, served]) => [path, { ...served, headerStyle: 'decorated' }]),
);

/** The paths of the data planes' operations that a plane with these operations does not serve. */
export function pathsElsewhere(here?: OperationTable): ReadonlySet<string> {
  const others = [MEDIA_OPERATIONS, ARCHIVED_OPERATIONS].filter((operations) => operations !== here);
  return new Set(others.flatMap((operations) => [...operations.keys()]));
}

/** An operation whose answer is a JSON object. */
function json(
  operation: ServedOperation['operation'],
  answer: (service: Service, call: Call) => unknown,
): ServedOperation {
  return {
    operation,
    answer: (service, call) => {
      sendJson(call.response, call.head, stringify(answer(service, call)));
    },
  };
}

/** An operation that a player calls. */
function played(operation: ServedOperation['operation'], answer: Player): ServedOperation {
  return { operation, bySession: true, answer };
}
