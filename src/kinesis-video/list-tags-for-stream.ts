/** ListTagsForStream, page by page. */
import type { AwsAccount } from '../aws';
import { definedOnly } from '../defined-only';
import type { StreamRef } from '../options';
import { controlPackage, type ControlClient } from './control-client';
import { streamMember } from './stream-member';

/** A stream has at most 50 tags, so more pages are none. */
const MOST_PAGES = 50;

/** https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_ListTagsForStream.html */
export async function listTagsForStream(
  account: AwsAccount,
  control: ControlClient,
  stream: StreamRef,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, string>> {
  const tags = new Map<string, string>();
  let token: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const input = definedOnly({ ...streamMember(stream), NextToken: token });
    const answer = await account.call('ListTagsForStream', stream, signal, (abortSignal) => {
      const { ListTagsForStreamCommand } = controlPackage();
      return control.sdk.send(new ListTagsForStreamCommand(input), { abortSignal });
    });
    for (const [key, value] of Object.entries(answer.Tags ?? {})) {
      tags.set(key, value);
    }
    const { NextToken } = answer;
    if (NextToken === undefined || NextToken === '' || NextToken === token) {
      break;
    }
    token = NextToken;
  }
  return tags;
}
