import assert from 'node:assert/strict';
import {
  CreateStreamCommand,
  DeleteStreamCommand,
  DescribeStreamCommand,
  GetDataEndpointCommand,
  ListStreamsCommand,
  ListTagsForStreamCommand,
  TagStreamCommand,
  UntagStreamCommand,
  UpdateDataRetentionCommand,
  type KinesisVideoClient,
} from '@aws-sdk/client-kinesis-video';
import { SignatureV4 } from '@aws-sdk/signature-v4';
import { Sha256 } from '../../../src/aws/sha256';
import { fetchOnce } from '../../../testing/fetch-once';
import { KEYS, failure, fragmentNumbers, withSimulator } from '../rig';

const empty = (...names: string[]) => names.map((name) => ({ name, source: 'none' as const }));
const numbered = (count: number) =>
  Array.from({ length: count }, (_, index) => `s${String(index).padStart(4, '0')}`);

interface Resources {
  readonly PaginationToken: string;
  readonly ResourceTagMappingList: { readonly ResourceARN: string; readonly Tags: readonly object[] }[];
}

interface JsonAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Calls an operation of the Resource Groups Tagging API, signed as that service has it. */
async function tagging(
  endpoint: string,
  input: object,
  { operation = 'GetResources', service = 'tagging' } = {},
): Promise<JsonAnswer> {
  const url = new URL(endpoint);
  const signer = new SignatureV4({ service, region: 'eu-west-1', credentials: KEYS, sha256: Sha256 });
  const signed = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    port: Number(url.port),
    path: '/',
    query: {},
    headers: {
      host: url.host,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `ResourceGroupsTaggingAPI_20170126.${operation}`,
    },
    body: JSON.stringify(input),
  });
  const headers = Object.fromEntries(Object.entries(signed.headers).filter(([name]) => name !== 'host'));
  const response = await fetchOnce(endpoint, { method: 'POST', headers, body: JSON.stringify(input) });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

async function arnOf(control: KinesisVideoClient, StreamName: string) {
  const { StreamInfo } = await control.send(new DescribeStreamCommand({ StreamName }));
  assert.ok(StreamInfo);
  return StreamInfo;
}

describe('simulator: streams that are managed', () => {
  it('tags streams at their creation and after, lists tags in pages, and removes them', async () => {
    await withSimulator({}, async ({ control }) => {
      await control.send(new CreateStreamCommand({ StreamName: 'a', Tags: { site: 'north' } }));
      const many = Object.fromEntries(numbered(40).map((key) => [key, `value of ${key}`]));
      await control.send(new TagStreamCommand({ StreamName: 'a', Tags: many }));
      await control.send(new TagStreamCommand({ StreamName: 'a', Tags: { site: 'south' } }));
      await control.send(new UntagStreamCommand({ StreamName: 'a', TagKeyList: ['s0000', 'unknown'] }));
      const tags: Record<string, string> = {};
      let pages = 0;
      let NextToken: string | undefined;
      do {
        const page = await control.send(new ListTagsForStreamCommand({ StreamName: 'a', NextToken }));
        Object.assign(tags, page.Tags);
        NextToken = page.NextToken;
        pages++;
      } while (NextToken);
      const { s0000: removed, ...rest } = many;
      assert.ok(removed);
      assert.deepEqual(tags, { ...rest, site: 'south' });
      assert.equal(pages, 2);
    });
  });

  it('deletes a stream, for the version that the caller knows, and knows it no more', async () => {
    await withSimulator({ streams: empty('a') }, async ({ control, simulator }) => {
      const { StreamARN, Version } = await arnOf(control, 'a');
      const wrong = await failure(
        control.send(new DeleteStreamCommand({ StreamARN, CurrentVersion: 'another' })),
      );
      assert.deepEqual([wrong.name, wrong.statusCode], ['VersionMismatchException', 400]);
      await control.send(new DeleteStreamCommand({ StreamARN, CurrentVersion: Version }));
      for (const call of [
        control.send(new DescribeStreamCommand({ StreamName: 'a' })),
        control.send(new GetDataEndpointCommand({ StreamARN, APIName: 'GET_MEDIA' })),
        control.send(new ListTagsForStreamCommand({ StreamName: 'a' })),
        control.send(new DeleteStreamCommand({ StreamARN })),
      ]) {
        assert.equal((await failure(call)).name, 'ResourceNotFoundException');
      }
      assert.deepEqual([...simulator.streams.keys()], []);
    });
  });

  it('ends the open responses of a deleted stream when they are idle, and refuses new ones', async () => {
    const streams = [{ name: 'a', prefillMs: 10_000 }];
    await withSimulator({ streams }, async ({ control, open, clock, simulator }) => {
      const body = await open('a', { StartSelectorType: 'EARLIEST' });
      const { StreamARN } = await arnOf(control, 'a');
      await control.send(new DeleteStreamCommand({ StreamARN }));
      const ended = new Promise<void>((resolve, reject) => body.once('end', resolve).once('error', reject));
      body.resume();
      const state = { ended: false };
      const end = () => {
        state.ended = true;
      };
      ended.then(end, end);
      while (!state.ended) {
        await clock.advance(1_000);
      }
      await ended;
      assert.equal(simulator.stats.streams['a'], undefined);
      const error = await failure(open('a', { StartSelectorType: 'NOW' }));
      assert.equal(error.name, 'ResourceNotFoundException');
    });
  });

  it('changes the retention, and the version with it', async () => {
    await withSimulator({ streams: [{ name: 'a', retentionMs: 7_200_000 }] }, async ({ control }) => {
      const { Version } = await arnOf(control, 'a');
      const change = (hours: number, CurrentVersion = Version, increase = true) =>
        control.send(
          new UpdateDataRetentionCommand({
            StreamName: 'a',
            CurrentVersion,
            Operation: increase ? 'INCREASE_DATA_RETENTION' : 'DECREASE_DATA_RETENTION',
            DataRetentionChangeInHours: hours,
          }),
        );
      await change(22);
      const after = await arnOf(control, 'a');
      assert.equal(after.DataRetentionInHours, 24);
      assert.notEqual(after.Version, Version);
      assert.equal((await failure(change(1))).name, 'VersionMismatchException');
      assert.equal((await failure(change(25, after.Version, false))).name, 'InvalidArgumentException');
      await change(24, after.Version, false);
      assert.equal((await arnOf(control, 'a')).DataRetentionInHours, 0);
    });
  });

  const refused: [string, (control: KinesisVideoClient) => Promise<unknown>, string][] = [
    [
      'a reserved key',
      (c) => c.send(new TagStreamCommand({ StreamName: 'a', Tags: { 'aws:x': '' } })),
      'InvalidArgumentException',
    ],
    [
      'a value that is too long',
      (c) => c.send(new TagStreamCommand({ StreamName: 'a', Tags: { x: 'v'.repeat(257) } })),
      'InvalidArgumentException',
    ],
    [
      'a 51st tag',
      (c) =>
        c.send(
          new TagStreamCommand({
            StreamName: 'a',
            Tags: Object.fromEntries(numbered(51).map((key) => [key, ''])),
          }),
        ),
      'TagsPerResourceExceededLimitException',
    ],
    [
      'no keys to remove',
      (c) => c.send(new UntagStreamCommand({ StreamName: 'a', TagKeyList: [] })),
      'InvalidArgumentException',
    ],
    [
      'a token that it did not give',
      (c) => c.send(new ListTagsForStreamCommand({ StreamName: 'a', NextToken: 'nonsense' })),
      'InvalidArgumentException',
    ],
    [
      'a deletion without an ARN',
      (c) => c.send(new DeleteStreamCommand({ StreamARN: undefined })),
      'InvalidArgumentException',
    ],
    [
      'an unknown change of retention',
      (c) =>
        c.send(
          new UpdateDataRetentionCommand({
            StreamName: 'a',
            CurrentVersion: 'x',
            Operation: 'DOUBLE' as 'INCREASE_DATA_RETENTION',
            DataRetentionChangeInHours: 1,
          }),
        ),
      'InvalidArgumentException',
    ],
  ];
  it('refuses what the service refuses', async () => {
    await withSimulator({ streams: empty('a') }, async ({ control }) => {
      for (const [what, call, name] of refused) {
        assert.equal((await failure(call(control))).name, name, what);
      }
    });
  });

  it('lists thousands of streams in pages, each once', async () => {
    const names = numbered(2_500);
    await withSimulator({ streams: empty(...names) }, async ({ control }) => {
      const seen: (string | undefined)[] = [];
      let pages = 0;
      let NextToken: string | undefined;
      do {
        const page = await control.send(new ListStreamsCommand({ MaxResults: 10_000, NextToken }));
        seen.push(...(page.StreamInfoList ?? []).map(({ StreamName }) => StreamName));
        NextToken = page.NextToken;
        pages++;
      } while (NextToken);
      assert.deepEqual(seen, names);
      assert.equal(pages, 3);
    });
  });

  it('finds streams by tags, in pages, for callers who sign for the tagging service', async () => {
    const streams = numbered(230).map((name, index) => ({
      name,
      source: 'none' as const,
      resourceTags: { site: index % 2 === 0 ? 'north' : 'south', floor: String(index % 3) },
    }));
    await withSimulator({ streams: [...streams, ...empty('untagged')] }, async ({ simulator }) => {
      const find = async (filters: object) => {
        const names: string[] = [];
        let pages = 0;
        let PaginationToken = '';
        do {
          const { status, body } = await tagging(simulator.endpoint, { ...filters, PaginationToken });
          assert.equal(status, 200);
          const { ResourceTagMappingList: found, PaginationToken: next } = body as Resources;
          names.push(...found.map(({ ResourceARN }) => ResourceARN.split('/')[1] ?? ''));
          PaginationToken = next;
          pages++;
        } while (PaginationToken !== '');
        return { names, pages };
      };
      const ResourceTypeFilters = ['kinesisvideo:stream'];
      const all = await find({ ResourceTypeFilters });
      assert.deepEqual(all, { names: numbered(230), pages: 3 });
      const both = await find({
        ResourceTypeFilters,
        TagFilters: [
          { Key: 'site', Values: ['north'] },
          { Key: 'floor', Values: ['0', '1'] },
        ],
      });
      assert.deepEqual(
        both.names,
        streams
          .filter(({ resourceTags }) => resourceTags.site === 'north' && resourceTags.floor !== '2')
          .map(({ name }) => name),
      );
      assert.deepEqual((await find({ ResourceTypeFilters: ['s3'] })).names, []);
      assert.deepEqual((await find({ TagFilters: [{ Key: 'nobody' }] })).names, []);
    });
  });

  it('names errors of the tagging API in the body, as JSON 1.1 does', async () => {
    await withSimulator({ streams: empty('a') }, async ({ simulator }) => {
      const { endpoint, faults } = simulator;
      const type = ({ status, body }: JsonAnswer) => [status, (body as { __type?: string }).__type];
      assert.deepEqual(type(await tagging(endpoint, { ResourcesPerPage: 101 })), [
        400,
        'InvalidParameterException',
      ]);
      assert.deepEqual(type(await tagging(endpoint, {}, { service: 'kinesisvideo' })), [
        403,
        'InvalidSignatureException',
      ]);
      faults.add({
        kind: 'http-error',
        operation: 'GetResources',
        ErrorType: 'ThrottledException',
        statusCode: 400,
      });
      assert.deepEqual(type(await tagging(endpoint, {})), [400, 'ThrottledException']);
      const unknown = await tagging(endpoint, {}, { operation: 'TagResources' });
      assert.equal(unknown.status, 404);
    });
  });

  it('fails each new operation on demand', async () => {
    await withSimulator({ streams: empty('a') }, async ({ simulator, control }) => {
      const StreamARN = simulator.streams.get('a')?.arn;
      const calls = {
        TagStream: () => control.send(new TagStreamCommand({ StreamARN, Tags: { x: '' } })),
        UntagStream: () => control.send(new UntagStreamCommand({ StreamARN, TagKeyList: ['x'] })),
        ListTagsForStream: () => control.send(new ListTagsForStreamCommand({ StreamARN })),
        DeleteStream: () => control.send(new DeleteStreamCommand({ StreamARN })),
      } as const;
      for (const operation of Object.keys(calls) as (keyof typeof calls)[]) {
        simulator.faults.add({
          ...{ kind: 'http-error', operation, stream: 'a' },
          ...{ ErrorType: 'AccessDeniedException', statusCode: 403 },
        });
        assert.equal((await failure(calls[operation]())).name, 'AccessDeniedException', operation);
        await calls[operation]();
      }
    });
  });
});

describe('simulator: streams that come and go', () => {
  it('makes a call that begins now and ends after its time, and deletes it, over HTTP', async () => {
    await withSimulator({}, async ({ simulator, clock, control, read }) => {
      const at = `${simulator.endpoint}/simulator/streams/call-1`;
      const put = (body: object) => fetchOnce(at, { method: 'PUT', body: JSON.stringify(body) });
      const made = await put({ profile: 'amazon-connect', lastsSeconds: 10, tags: { queue: 'sales' } });
      assert.equal(made.status, 201);
      assert.equal((await put({})).status, 409);
      const { Tags } = await control.send(new ListTagsForStreamCommand({ StreamName: 'call-1' }));
      assert.deepEqual(Tags, { queue: 'sales' });
      const stream = simulator.streams.get('call-1');
      await clock.advance(9_000);
      assert.equal(stream?.producing, true);
      await clock.advance(2_000);
      assert.equal(stream.producing, false);
      const body = await read('call-1', { StartSelectorType: 'EARLIEST' });
      assert.ok(fragmentNumbers(body).length >= 4);
      assert.equal((await fetchOnce(at, { method: 'DELETE' })).status, 200);
      assert.equal((await fetchOnce(at, { method: 'DELETE' })).status, 404);
      const error = await failure(control.send(new DescribeStreamCommand({ StreamName: 'call-1' })));
      assert.equal(error.name, 'ResourceNotFoundException');
    });
  });

  it('refuses a description that it does not understand', async () => {
    await withSimulator({}, async ({ simulator }) => {
      const put = (name: string, body: string) =>
        fetchOnce(`${simulator.endpoint}/simulator/streams/${name}`, { method: 'PUT', body });
      for (const body of [
        '[]',
        '{',
        '{"profile":"vhs"}',
        '{"lastsSeconds":0}',
        '{"media":"x"}',
        '{"tags":{"aws:x":""}}',
      ]) {
        assert.equal((await put('a', body)).status, 400, body);
      }
      assert.equal((await put('a%20b', '{}')).status, 400);
      assert.equal(simulator.streams.size, 0);
    });
  });

  it('keeps fewer fragments of each stream the more there are, and the latest ones', async () => {
    const streams = numbered(4_000).map((name) => ({ name, source: 'none' as const }));
    const cameras = [{ name: 'camera', live: false }, ...streams];
    await withSimulator({ streams: cameras }, ({ simulator }) => {
      const camera = simulator.streams.get('camera');
      const made = camera?.produce(120) ?? [];
      const kept = camera?.fragments.map(({ FragmentNumber }) => FragmentNumber);
      assert.deepEqual(
        kept,
        made.slice(-49).map(({ FragmentNumber }) => FragmentNumber),
      );
      return Promise.resolve();
    });
  });

  it('begins producers at different places of their fragments, so that these do not end at once', async () => {
    const streams = numbered(8).map((name, index) => ({ name, phase: index / 8 }));
    await withSimulator({ streams }, async ({ simulator, clock }) => {
      await clock.advance(10_000);
      const times = [...simulator.streams.values()].map(({ fragments }) => fragments[1]?.ServerTimestamp);
      assert.equal(new Set(times).size, 8);
    });
  });
});

describe('simulator: limits of the account', () => {
  it('lets 50 ListStreams and 300 GetDataEndpoint calls a second through, of all streams together', async () => {
    const names = numbered(301);
    await withSimulator({ streams: empty(...names), callsPerSecond: 5 }, async ({ control, clock }) => {
      const list = () => control.send(new ListStreamsCommand({ MaxResults: 1 }));
      const locate = (StreamName: string) =>
        control.send(new GetDataEndpointCommand({ StreamName, APIName: 'GET_MEDIA' }));
      await Promise.all(Array.from({ length: 50 }, list));
      assert.equal((await failure(list())).name, 'ClientLimitExceededException');
      const outcomes = await Promise.allSettled(names.map(locate));
      const refused = outcomes.filter(({ status }) => status === 'rejected');
      assert.equal(refused.length, 1);
      await clock.advance(1_000);
      await list();
      await locate('s0300');
    });
  });

  it('can be chosen, and are never below what one stream may have', async () => {
    const options = { accountCallsPerSecond: { ListStreams: 1 }, callsPerSecond: 200 };
    await withSimulator({ streams: empty('a'), ...options }, async ({ control }) => {
      const list = () => control.send(new ListStreamsCommand({}));
      const tags = () => control.send(new ListTagsForStreamCommand({ StreamName: 'a' }));
      await list();
      assert.equal((await failure(list())).name, 'ClientLimitExceededException');
      await Promise.all(Array.from({ length: 60 }, tags));
    });
  });
});
