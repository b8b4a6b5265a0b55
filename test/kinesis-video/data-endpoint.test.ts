import assert from 'node:assert/strict';
import type { KinesisVideoService } from '../../src/kinesis-video';
import { describeTransports } from '../../testing/transports';
import { STREAM, StubService, closed, failureOf, json, never, reply, silence } from './stub-service';

const NOW = { StartSelectorType: 'NOW' } as const;
const ARN = 'arn:aws-cn:kinesisvideo:cn-north-1:123456789012:stream/front-door/1500000000000';

describeTransports('KinesisVideoService: where it calls', (mediaTransport) => {
  let stub: StubService;
  beforeEach(async () => {
    stub = await new StubService(mediaTransport).listen();
    stub.answers.set('/getMedia', reply(200, ''));
  });
  afterEach(() => stub.close());

  describe('data endpoint', () => {
    const media = async (service: KinesisVideoService) => {
      (await service.getMedia(STREAM, NOW, never)).close();
    };

    it('is asked for once per stream, a name and an ARN being two', async () => {
      const service = stub.service();
      await media(service);
      await media(service);
      assert.equal(await service.resolveEndpoint(STREAM, never), stub.url);
      assert.equal(stub.to('/getDataEndpoint').length, 1);
      await service.resolveEndpoint({ StreamName: 'front-door', StreamARN: ARN }, never);
      await service.resolveEndpoint({ StreamName: 'back-door' }, never);
      assert.equal(stub.to('/getDataEndpoint').length, 3);
    });

    it('is another one for each API', async () => {
      stub.answers.set('/getDataEndpoint', (response, request) => {
        const { APIName } = JSON.parse(request.text) as { APIName: string };
        json(200, { DataEndpoint: `${stub.url}/${APIName}` })(response, request);
      });
      const service = stub.service();
      const APINames = ['GET_MEDIA', 'LIST_FRAGMENTS', 'GET_MEDIA_FOR_FRAGMENT_LIST'] as const;
      const resolve = () =>
        Promise.all(APINames.map((APIName) => service.resolveEndpoint(STREAM, never, APIName)));
      const expected = APINames.map((APIName) => `${stub.url}/${APIName}`);
      assert.deepEqual(await resolve(), expected);
      assert.deepEqual(await resolve(), expected);
      assert.equal(stub.to('/getDataEndpoint').length, 3);
      service.forgetEndpoint(STREAM);
      assert.deepEqual(await resolve(), expected);
      assert.equal(stub.to('/getDataEndpoint').length, 6);
    });

    it('is kept for 45 minutes, and no longer', async () => {
      let now = 1_000_000;
      const service = stub.service({ clock: { now: () => now, monotonic: () => now } });
      await media(service);
      now += 45 * 60_000 - 1;
      await media(service);
      assert.equal(stub.to('/getDataEndpoint').length, 1);
      now += 1;
      await media(service);
      assert.equal(stub.to('/getDataEndpoint').length, 2);
    });

    it('is asked for anew after it was forgotten, also while a call is under way', async () => {
      const service = stub.service();
      await media(service);
      service.forgetEndpoint(STREAM);
      const first = service.resolveEndpoint(STREAM, never);
      service.forgetEndpoint(STREAM);
      stub.answers.set('/getDataEndpoint', json(200, { DataEndpoint: `${stub.url}/new` }));
      await Promise.all([first, service.resolveEndpoint(STREAM, never)]);
      assert.equal(stub.to('/getDataEndpoint').length, 3);
      assert.equal(await service.resolveEndpoint(STREAM, never), `${stub.url}/new`);
    });

    it('is shared by callers at the same time, and one who gives up does not disturb the others', async () => {
      let answer = (): void => undefined;
      stub.answers.set('/getDataEndpoint', (response, request) => {
        answer = () => {
          json(200, { DataEndpoint: stub.url })(response, request);
        };
      });
      const service = stub.service();
      const impatient = new AbortController();
      const first = service.resolveEndpoint(STREAM, impatient.signal);
      const second = service.resolveEndpoint(STREAM, never);
      await stub.received('/getDataEndpoint');
      impatient.abort();
      await assert.rejects(first, { name: 'AbortError' });
      const third = service.resolveEndpoint(STREAM, never);
      answer();
      assert.deepEqual(await Promise.all([second, third]), [stub.url, stub.url]);
      assert.equal(stub.to('/getDataEndpoint').length, 1);
    });

    it('is asked for again by the next caller when everyone has given up', async () => {
      stub.answers.set('/getDataEndpoint', silence);
      const service = stub.service();
      const impatient = new AbortController();
      const first = service.resolveEndpoint(STREAM, impatient.signal);
      const { socket } = await stub.received('/getDataEndpoint');
      impatient.abort();
      await assert.rejects(first);
      await closed(socket);
      stub.answers.set('/getDataEndpoint', json(200, { DataEndpoint: stub.url }));
      assert.equal(await service.resolveEndpoint(STREAM, never), stub.url);
    });

    it('is not kept when asking failed', async () => {
      stub.answers.set(
        '/getDataEndpoint',
        json(400, {}, { 'x-amzn-ErrorType': 'ClientLimitExceededException' }),
      );
      const service = stub.service();
      await failureOf(service.resolveEndpoint(STREAM, never));
      stub.answers.set('/getDataEndpoint', json(200, { DataEndpoint: stub.url }));
      assert.equal(await service.resolveEndpoint(STREAM, never), stub.url);
    });

    for (const DataEndpoint of ['http://media.example.com', 'ftp://127.0.0.1', 'not a url', '', undefined]) {
      it(`is refused when it is ${JSON.stringify(DataEndpoint)}`, async () => {
        stub.answers.set('/getDataEndpoint', json(200, { DataEndpoint }));
        const error = await failureOf(stub.service().getMedia(STREAM, NOW, never));
        assert.equal(error.ErrorType, 'InvalidEndpoint');
        assert.equal(error.operation, 'GetDataEndpoint');
        assert.equal(stub.to('/getMedia').length, 0);
      });
    }
  });
});
