/** GetResources of the Resource Groups Tagging API: which streams have certain tags. */
import type { AwsAccount } from '../aws';
import { isRecord } from '../is-record';
import type { TagFilter } from '../options';

/** The largest that the API allows. */
const PAGE = 100;
/** Of 100 streams each: ten times as many as an account has by default. */
const MOST_PAGES = 1_000;

/**
 * ARNs of the streams that have all of the tags.
 * https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
 */
export async function getResources(
  account: AwsAccount,
  endpoint: string,
  tags: readonly TagFilter[],
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const found: string[] = [];
  let token = '';
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await account.json(
      {
        service: 'tagging',
        operation: 'GetResources',
        endpoint,
        target: 'ResourceGroupsTaggingAPI_20170126.GetResources',
        input: {
          ResourceTypeFilters: ['kinesisvideo:stream'],
          TagFilters: tags.map(({ key, value }) => ({ Key: key, Values: [value] })),
          ResourcesPerPage: PAGE,
          PaginationToken: token,
        },
      },
      signal,
    );
    const { ResourceTagMappingList: resources, PaginationToken: next } = isRecord(answer) ? answer : {};
    for (const resource of Array.isArray(resources) ? (resources as unknown[]) : []) {
      const ResourceARN = isRecord(resource) ? resource['ResourceARN'] : undefined;
      if (typeof ResourceARN === 'string') {
        found.push(ResourceARN);
      }
    }
    if (typeof next !== 'string' || next === '' || next === token) {
      break;
    }
    token = next;
  }
  return found;
}
