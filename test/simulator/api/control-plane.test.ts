import assert from 'node:assert/strict';
import {
  DescribeStreamCommand,
  GetDataEndpointCommand,
  ListStreamsCommand,
} from '@aws-sdk/client-kinesis-video';
import { GetMediaCommand } from '@aws-sdk/client-kinesis-video-media';
import type { HttpRequest } from '@smithy/types';
import { fetchOnce } from '../../../testing/fetch-once';
import type { controlClient } from '../rig';
import { failure, mediaClient, withSimulator } from '../rig';

const named = (...names: string[]) => names.map((name) => ({ name, source: 'none' as const }));

const ARCHIVED_APIS = [
  'LIST_FRAGMENTS',
  'GET_MEDIA_FOR_FRAGMENT_LIST',
  'GET_CLIP',
  'GET_IMAGES',
  'GET_HLS_STREAMING_SESSION_URL',
  'GET_DASH_STREAMING_SESSION_URL',
];

describe('simulator: control plane', () => {
  it('announces a data plane of its own', async () => {
    await withSimulator({ streams: named('a') }, async ({ simulator, control }) => {
      const { DataEndpoint } = await control.send(
        new GetDataEndpointCommand({ StreamName: 'a', APIName: 'GET_MEDIA' }),
      );
      assert.equal(DataEndpoint, simulator.dataEndpoint);
      assert.notEqual(DataEndpoint, simulator.endpoint);
    });
  });

  it('pages ListStreams by ten where nothing is asked for, and by MaxResults', async () => {
    const names = Array.from({ length: 25 }, (_, index) => `s${String(index).padStart(2, '0')}`);
    await withSimulator({ streams: named(...names, 'other') }, async ({ control }) => {
      for (const [MaxResults, pages] of [
        [undefined, 3],
        [20, 2],
        [1000, 1],
      ] as const) {
        const seen: (string | undefined)[] = [];
        let NextToken: string | undefined;
        let count = 0;
        do {
          const page = await control.send(
            new ListStreamsCommand({
              MaxResults,
              NextToken,
              StreamNameCondition: { ComparisonOperator: 'BEGINS_WITH', ComparisonValue: 's' },
            }),
          );
          seen.push(...(page.StreamInfoList ?? []).map(({ StreamName }) => StreamName));
          NextToken = page.NextToken;
          count++;
        } while (NextToken);
        assert.deepEqual(seen, names);
        assert.equal(count, pages);
      }
    });
  });

  it('describes a stream by name and by ARN, whose last part is its creation time', async () => {
    await withSimulator(
      { streams: [{ name: 'a', retentionMs: 7_200_000 }] },
      async ({ control, simulator }) => {
        const byName = await control.send(new DescribeStreamCommand({ StreamName: 'a' }));
        const info = byName.StreamInfo;
        assert.ok(info);
        assert.equal(info.StreamARN, simulator.streams.get('a')?.arn);
        assert.equal(info.StreamARN?.split('/').at(-1), String(info.CreationTime?.getTime()));
        assert.equal(info.MediaType, 'video/h264,audio/aac');
        assert.equal(info.Status, 'ACTIVE');
        assert.equal(info.DataRetentionInHours, 2);
        const byArn = await control.send(new DescribeStreamCommand({ StreamARN: info.StreamARN }));
        assert.deepEqual(byArn.StreamInfo, info);
      },
    );
  });

  it('writes times as the service does: numbers with an exponent', async () => {
    await withSimulator({ streams: named('a') }, async ({ simulator, control }) => {
      let raw = '';
      control.middlewareStack.add(
        (next) => async (args) => {
          const request = args.request as HttpRequest;
          const answer = await fetchOnce(`${simulator.endpoint}${request.path}`, {
            method: 'POST',
            headers: Object.fromEntries(
              Object.entries(request.headers).filter(
                ([name]) => name !== 'host' && name !== 'content-length',
              ),
            ),
            body: request.body as string,
          });
          raw = await answer.text();
          return next(args);
        },
        { step: 'finalizeRequest', priority: 'low' },
      );
      await control.send(new DescribeStreamCommand({ StreamName: 'a' }));
      assert.match(raw, /"CreationTime":1\.\d+E9[,}]/);
      assert.match(raw, /"IngestionConfiguration":null/);
    });
  });

  const refused: [string, (client: ReturnType<typeof controlClient>) => Promise<unknown>, string, number][] =
    [
      [
        'an unknown stream',
        (c) => c.send(new DescribeStreamCommand({ StreamName: 'b' })),
        'ResourceNotFoundException',
        404,
      ],
      [
        'an ARN of an earlier stream of that name',
        (c) =>
          c.send(
            new DescribeStreamCommand({
              StreamARN: 'arn:aws:kinesisvideo:us-west-2:111122223333:stream/a/1',
            }),
          ),
        'ResourceNotFoundException',
        404,
      ],
      [
        'a malformed name',
        (c) => c.send(new DescribeStreamCommand({ StreamName: 'a b' })),
        'InvalidArgumentException',
        400,
      ],
      [
        'a malformed ARN',
        (c) => c.send(new DescribeStreamCommand({ StreamARN: 'arn:nonsense' })),
        'InvalidArgumentException',
        400,
      ],
      ['no name at all', (c) => c.send(new DescribeStreamCommand({})), 'InvalidArgumentException', 400],
      [
        'an unknown APIName',
        (c) => c.send(new GetDataEndpointCommand({ StreamName: 'a', APIName: 'NONSENSE' as 'GET_MEDIA' })),
        'InvalidArgumentException',
        400,
      ],
      [
        'a MaxResults of 0',
        (c) => c.send(new ListStreamsCommand({ MaxResults: 0 })),
        'InvalidArgumentException',
        400,
      ],
      [
        'a NextToken of nobody',
        (c) => c.send(new ListStreamsCommand({ NextToken: 'bm9uc2Vuc2U=' })),
        'InvalidArgumentException',
        400,
      ],
    ];
  for (const [what, call, name, statusCode] of refused) {
    it(`refuses ${what} with ${name}`, async () => {
      await withSimulator({ streams: named('a') }, async ({ control }) => {
        const error = await failure(call(control));
        assert.equal(error.name, name);
        assert.equal(error.statusCode, statusCode);
        assert.match(error.requestId ?? '', /^[0-9a-f-]{36}$/);
      });
    });
  }

  it('answers GetMedia on the control plane with 403 and XML', async () => {
    await withSimulator({ streams: named('a') }, async ({ simulator }) => {
      const client = mediaClient(simulator.endpoint);
      const error = await failure(
        client.send(new GetMediaCommand({ StreamName: 'a', StartSelector: { StartSelectorType: 'NOW' } })),
      );
      client.destroy();
      assert.equal(error.statusCode, 403);
      const raw = await fetchOnce(`${simulator.endpoint}/getMedia`, { method: 'POST' });
      assert.equal(
        await raw.text(),
        '<AccessDeniedException>\n  <Message>Unable to determine service/operation name to be authorized</Message>\n</AccessDeniedException>\n',
      );
    });
  });

  it('answers operations that a plane does not have with UnknownOperationException, in JSON', async () => {
    await withSimulator({ streams: named('a') }, async ({ simulator }) => {
      for (const url of [
        `${simulator.endpoint}/describeEdgeConfiguration`,
        `${simulator.archiveEndpoint}/describeEdgeConfiguration`,
        `${simulator.dataEndpoint}/describeEdgeConfiguration`,
        `${simulator.dataEndpoint}/listStreams`,
      ]) {
        const answer = await fetchOnce(url, { method: 'POST', body: '{"StreamName":"a"}' });
        assert.equal(answer.status, 404, url);
        assert.equal(answer.headers.get('x-amzn-errortype'), 'UnknownOperationException', url);
        assert.match(answer.headers.get('x-amzn-requestid') ?? '', /^[0-9a-f-]{36}$/);
        assert.equal(answer.headers.get('content-type'), 'application/json');
        assert.deepEqual(await answer.json(), {
          Message: 'The requested operation is not recognized by the service.',
        });
      }
    });
  });

  it('announces the data plane of every API, and for no other name', async () => {
    await withSimulator({ streams: named('a') }, async ({ simulator, control, clock }) => {
      const endpoint = async (APIName: string) => {
        await clock.advance(1000);
        return control.send(new GetDataEndpointCommand({ StreamName: 'a', APIName: APIName as 'GET_MEDIA' }));
      };
      for (const APIName of ['PUT_MEDIA', 'GET_MEDIA']) {
        assert.equal((await endpoint(APIName)).DataEndpoint, simulator.dataEndpoint, APIName);
      }
      for (const APIName of ARCHIVED_APIS) {
        assert.equal((await endpoint(APIName)).DataEndpoint, simulator.archiveEndpoint, APIName);
      }
      for (const APIName of ['constructor', 'get_media']) {
        assert.equal((await failure(endpoint(APIName))).name, 'InvalidArgumentException', APIName);
      }
    });
  });

  it('refuses the sixth DescribeStream of a second, per stream', async () => {
    await withSimulator({ streams: named('a', 'b'), callsPerSecond: 5 }, async ({ control, clock }) => {
      const describe = (StreamName: string) => control.send(new DescribeStreamCommand({ StreamName }));
      for (let call = 0; call < 5; call++) {
        await describe('a');
      }
      assert.equal((await failure(describe('a'))).name, 'ClientLimitExceededException');
      await describe('b');
      await clock.advance(1000);
      await describe('a');
    });
  });
});
