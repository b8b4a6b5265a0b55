import assert from 'node:assert/strict';
import { describeTransports } from '../../testing/transports';
import { STREAM, StubService, failureOf, json, reply } from './stub-service';

describeTransports('KinesisVideoService: lists of streams and tags', (mediaTransport) => {
  let stub: StubService;
  beforeEach(async () => {
    stub = await new StubService(mediaTransport).listen();
  });
  afterEach(() => stub.close());

  describe('GetResources', () => {
    const variable = 'AWS_ENDPOINT_URL_RESOURCE_GROUPS_TAGGING_API';
    let before: string | undefined;
    beforeEach(() => {
      before = process.env[variable];
      process.env[variable] = stub.url;
    });
    afterEach(() => {
      if (before === undefined) {
        Reflect.deleteProperty(process.env, variable);
      } else {
        process.env[variable] = before;
      }
    });
    const tags = [{ key: 'site', value: 'north' }];

    it('asks page by page for streams with the tags, signed for the Tagging API', async () => {
      stub.answers.set('/', (response, { text }) => {
        const { PaginationToken } = JSON.parse(text) as { PaginationToken: string };
        const first = {
          ResourceTagMappingList: [{ ResourceARN: 'arn:1' }, {}, null],
          PaginationToken: 'next',
        };
        const last = { ResourceTagMappingList: [{ ResourceARN: 'arn:2' }], PaginationToken: '' };
        response.end(JSON.stringify(PaginationToken === 'next' ? last : first));
      });
      assert.deepEqual(await stub.service().streamsWithTags(tags), ['arn:1', 'arn:2']);
      const [request] = stub.to('/');
      assert.deepEqual(JSON.parse(request?.text ?? ''), {
        ResourceTypeFilters: ['kinesisvideo:stream'],
        TagFilters: [{ Key: 'site', Values: ['north'] }],
        ResourcesPerPage: 100,
        PaginationToken: '',
      });
      const { headers } = request ?? assert.fail();
      assert.equal(headers['x-amz-target'], 'ResourceGroupsTaggingAPI_20170126.GetResources');
      assert.equal(headers['content-type'], 'application/x-amz-json-1.1');
      assert.match(headers.authorization ?? '', /\/eu-west-1\/tagging\/aws4_request/);
    });

    it('fails with the name and the words of a refusal', async () => {
      stub.answers.set(
        '/',
        json(400, { __type: 'AccessDeniedException', Message: 'not you' }, { 'x-amzn-requestid': 'r1' }),
      );
      const error = await failureOf(stub.service().streamsWithTags(tags));
      assert.deepEqual(
        [error.ErrorType, error.operation, error.statusCode, error.RequestId],
        ['AccessDeniedException', 'GetResources', 400, 'r1'],
      );
      assert.match(error.message, /not you/);
    });

    it('is not asked for an endpoint that has no such service beside it', async () => {
      Reflect.deleteProperty(process.env, variable);
      assert.equal(await stub.service().streamsWithTags(tags), undefined);
      assert.deepEqual(stub.requests, []);
    });
  });

  describe('ListTagsForStream', () => {
    it('reads all pages', async () => {
      stub.answers.set('/listTagsForStream', (response, { text }) => {
        const { NextToken } = JSON.parse(text) as { NextToken?: string };
        response.end(
          JSON.stringify(
            NextToken === undefined ? { Tags: { a: '1' }, NextToken: 'n' } : { Tags: { b: '2' } },
          ),
        );
      });
      const tags = await stub.service().listTagsForStream(STREAM);
      assert.deepEqual(
        [...tags],
        [
          ['a', '1'],
          ['b', '2'],
        ],
      );
    });
  });

  describe('ListStreams', () => {
    const page = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => ({
        StreamName: `s${from + index}`,
        StreamARN: `arn:aws:kinesisvideo:eu-west-1:1:stream/s${from + index}/1`,
        MediaType: null,
        CreationTime: 1.720751492346e9,
      }));

    it('asks page by page, always with MaxResults, and stops at the limit', async () => {
      stub.answers.set('/listStreams', (response, { text }) => {
        const { NextToken } = JSON.parse(text) as { NextToken?: string };
        const from = NextToken === undefined ? 0 : Number(NextToken);
        response.end(JSON.stringify({ StreamInfoList: page(from, 4), NextToken: String(from + 4) }));
      });
      const streams = await stub.service().listStreams({ prefix: 's', limit: 10 });
      assert.deepEqual(
        streams.map(({ StreamName }) => StreamName),
        Array.from({ length: 10 }, (_, index) => `s${index}`),
      );
      const condition = { ComparisonOperator: 'BEGINS_WITH', ComparisonValue: 's' };
      assert.deepEqual(
        stub.to('/listStreams').map(({ text }) => JSON.parse(text) as unknown),
        [
          { MaxResults: 10, StreamNameCondition: condition },
          { MaxResults: 6, NextToken: '4', StreamNameCondition: condition },
          { MaxResults: 2, NextToken: '8', StreamNameCondition: condition },
        ],
      );
    });

    it('reads everything where there is no limit, also past an empty page', async () => {
      const pages = [
        { StreamInfoList: page(0, 2), NextToken: 'a' },
        { StreamInfoList: [], NextToken: 'b' },
        { StreamInfoList: page(2, 1), NextToken: null },
      ];
      stub.answers.set('/listStreams', (response, request) => {
        json(200, pages.shift())(response, request);
      });
      const streams = await stub.service().listStreams();
      assert.equal(streams.length, 3);
      assert.deepEqual(JSON.parse(stub.to('/listStreams')[0]?.text ?? ''), { MaxResults: 1000 });
    });

    it('does not go round in circles on a token that repeats', async () => {
      stub.answers.set('/listStreams', json(200, { StreamInfoList: page(0, 1), NextToken: 'same' }));
      assert.equal((await stub.service().listStreams()).length, 2);
    });

    it('makes no call for none', async () => {
      assert.deepEqual(await stub.service().listStreams({ limit: 0 }), []);
      assert.equal(stub.requests.length, 0);
    });

    it("gives the API's members, times in ms, and leaves out what is null", async () => {
      const body =
        '{"StreamInfoList":[{"DeviceName":null,"StreamName":"front-door","StreamARN":"a","MediaType":"video/h264","KmsKeyId":"k","Version":"v","Status":"ACTIVE","CreationTime":1.720751492346E9,"DataRetentionInHours":0,"IngestionConfiguration":null}],"NextToken":null}';
      stub.answers.set('/listStreams', reply(200, body, { 'content-type': 'application/json' }));
      assert.deepEqual(await stub.service().listStreams(), [
        {
          StreamName: 'front-door',
          StreamARN: 'a',
          Status: 'ACTIVE',
          MediaType: 'video/h264',
          DataRetentionInHours: 0,
          CreationTime: 1720751492346,
          KmsKeyId: 'k',
        },
      ]);
    });
  });
});
