/** GetImages: pictures that the service makes of stored media, a page at a time. */
import type { Image as SdkImage } from '@aws-sdk/client-kinesis-video-archived-media';
import type { AwsAccount } from '../aws';
import { definedOnly } from '../defined-only';
import { isRecord } from '../is-record';
import type { StreamRef } from '../options';
import { archivedPackage, type ArchivedClients } from './archived-client';
import { streamMember } from './stream-member';
import type { GetImagesRequest, ImagePage } from './types';

/** The service often gives no picture for the first moments: the fragment that contains `from` is left out. */
export async function getImages(
  account: AwsAccount,
  clients: ArchivedClients,
  endpoint: string,
  stream: StreamRef,
  request: GetImagesRequest,
  signal: AbortSignal,
): Promise<ImagePage> {
  const { quality } = request;
  const input = definedOnly({
    ...streamMember(stream),
    ImageSelectorType: request.timestampType,
    StartTimestamp: new Date(request.from),
    EndTimestamp: new Date(request.to),
    Format: request.format === 'png' ? ('PNG' as const) : ('JPEG' as const),
    FormatConfig: quality === undefined ? undefined : { JPEGQuality: String(quality) },
    SamplingInterval: request.intervalMs,
    WidthPixels: request.width,
    HeightPixels: request.height,
    MaxResults: request.MaxResults,
    NextToken: request.NextToken,
  });
  const { Images, NextToken } = await account.call('GetImages', stream, signal, (abortSignal) => {
    const { GetImagesCommand } = archivedPackage();
    return clients.at(endpoint, true).send(new GetImagesCommand(input), { abortSignal });
  });
  return {
    images: (Images ?? []).filter(isRecord).map(storedImage),
    ...definedOnly({ NextToken: NextToken === '' ? undefined : NextToken }),
  };
}

/** What has the wrong type is taken for absent. */
function storedImage({ TimeStamp, Error: error, ImageContent }: SdkImage): ImagePage['images'][number] {
  const time = TimeStamp?.getTime() ?? NaN;
  return definedOnly({
    time: Number.isNaN(time) ? undefined : time,
    error: typeof error === 'string' ? error : undefined,
    data: typeof ImageContent === 'string' ? Buffer.from(ImageContent, 'base64') : undefined,
  });
}
