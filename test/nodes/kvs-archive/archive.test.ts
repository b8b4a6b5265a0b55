import assert from 'node:assert/strict';
import helper from 'node-red-node-test-helper';
import { modelFragment, notFound } from '../../../testing/model-archive';
import { StubService, json, reply } from '../../kinesis-video/stub-service';
import { MINUTE, load, numbers, useStoredHall } from './archive-flow';

describe('kvs-archive, chunks, lists of fragments and addresses', () => {
  const hall = useStoredHall();
  const { simulator, stored, range } = hall;

  describe('chunks', () => {
    it('answers with the chunks of a range, in order, on the request’s own message', async () => {
      const { answers, errors, completed, send } = await load(simulator.endpoint, {});
      const asked = range(15, 10);
      send({ ...asked, request: 'mine', extra: { kept: true }, payload: 'gone', action: 'get' });
      await completed.first();
      assert.deepEqual(numbers(answers.all), stored(asked.from, asked.to));
      for (const [index, { payload, kvs, topic, request, extra, action }] of answers.all.entries()) {
        assert.ok(Buffer.isBuffer(payload));
        assert.deepEqual(
          { topic, request, extra, action, sequence: kvs['sequence'], StreamName: kvs['StreamName'] },
          {
            ...{ topic: 'hall', request: 'mine', extra: { kept: true }, action: undefined },
            ...{ sequence: index, StreamName: 'hall' },
          },
        );
        assert.equal(kvs['last'], index === answers.all.length - 1 ? true : undefined);
      }
      assert.notEqual(answers.all[0]?.['extra'], answers.all[1]?.['extra']);
      assert.deepEqual(errors.all, []);
    });

    it('answers with what is around a moment', async () => {
      const { answers, completed, send } = await load(simulator.endpoint, {
        beforeSeconds: 5,
        afterSeconds: 6,
      });
      const at = hall.now - 12 * MINUTE + 321;
      send({ at: { StreamName: 'hall', ProducerTimestamp: at } });
      await completed.first();
      assert.deepEqual(numbers(answers.all), stored(at - 5_000, at + 6_000));
    });

    it('sends no more than may be unacknowledged, and is done when all are acknowledged', async () => {
      const { answers, completed, errors, send } = await load(simulator.endpoint, { maxInFlight: 2 });
      const asked = range(10, 8.5);
      const expected = stored(asked.from, asked.to);
      send({ ...asked, request: 'a' });
      for (let acknowledged = 0; acknowledged < expected.length; acknowledged += 1) {
        await answers.count(acknowledged + 1);
        assert.ok(answers.all.length <= acknowledged + 2);
        send({ ...answers.all[acknowledged], action: 'ack' });
      }
      await completed.first((msg) => !('kvs' in msg));
      assert.deepEqual(numbers(answers.all), expected);
      assert.deepEqual(errors.all, []);
    });

    it('answers with the chosen tracks alone', async () => {
      const { answers, completed, send } = await load(simulator.endpoint, { tracks: 'audio' });
      const asked = range(12, 11);
      send(asked);
      await completed.first();
      assert.deepEqual(numbers(answers.all), stored(asked.from, asked.to));
      for (const { payload, kvs } of answers.all) {
        const tracks = kvs['tracks'] as readonly { type: string }[];
        assert.deepEqual(
          tracks.map(({ type }) => type),
          ['audio'],
        );
        assert.equal(kvs['FragmentSizeInBytes'], (payload as Buffer).length);
      }
      assert.equal(answers.all.at(-1)?.kvs['last'], true);
    });

    it('answers with the last minutes of a stream without retention, and says what it no longer has', async () => {
      const { answers, errors, completed, send } = await load(simulator.endpoint, { stream: 'unstored' });
      const asked = range(60, 2);
      send(asked);
      await completed.first();
      const [first] = answers.all;
      const begin = Number(first?.kvs['ProducerTimestamp']);
      assert.ok(begin < hall.now - 3 * MINUTE && begin > hall.now - 6 * MINUTE, `${hall.now - begin} ms ago`);
      assert.equal(answers.all.at(-1)?.kvs['last'], true);
      assert.equal(errors.all.length, 1);
      const { payload } = await errors.first();
      assert.equal(payload.ErrorType, 'ArchiveIncomplete');
      assert.match(payload.message, /"unstored" no longer has the beginning/);
      assert.deepEqual(payload['gaps'], [{ from: asked.from, to: begin }]);
    });

    it('makes a clip of what is retained, and says that it is not all', async () => {
      const { answers, errors, completed, send } = await load(simulator.endpoint, {
        ...{ output: 'clip', stream: 'unstored' },
      });
      const asked = range(60, 2);
      send(asked);
      await completed.first();
      const { from, start, gaps, complete } = answers.all[0]?.kvs['clip'] as {
        from: number;
        start: number;
        gaps: { from: number; to: number }[];
        complete: boolean;
      };
      assert.deepEqual([from, complete], [asked.from, false]);
      assert.deepEqual(gaps[0], { from: asked.from, to: start });
      assert.deepEqual(
        errors.all.map(({ payload }) => payload.ErrorType),
        ['ArchiveIncomplete'],
      );
    });

    it('reports fragments that could not be read beside those that could', async () => {
      const stub = await new StubService().listen();
      try {
        const begin = hall.now - 60 * MINUTE;
        const [first, lost] = [modelFragment(1, begin), modelFragment(2, begin + 2_000)];
        const listed = [first, lost].map((fragment) => ({
          ...{ FragmentNumber: fragment.FragmentNumber, FragmentSizeInBytes: fragment.FragmentSizeInBytes },
          ProducerTimestamp: fragment.ProducerTimestamp / 1_000,
          ServerTimestamp: fragment.ServerTimestamp / 1_000,
          FragmentLengthInMilliseconds: fragment.FragmentLengthInMilliseconds,
        }));
        stub.answers.set('/listFragments', json(200, { Fragments: listed }));
        const body = Buffer.concat([first.bytes, notFound(lost.FragmentNumber)]);
        stub.answers.set('/getMediaForFragmentList', reply(200, body));
        const { answers, errors, caught, completed, send } = await load(stub.url, {});
        send({ from: begin, to: begin + 5 * MINUTE });
        await completed.first();
        assert.deepEqual(numbers(answers.all), [first.FragmentNumber]);
        const [error] = errors.all;
        assert.equal(error?.payload.ErrorType, 'ArchiveIncomplete');
        assert.match(error.payload.message, /1 stored fragments of stream "hall" could not be read/);
        assert.deepEqual(error.payload['gaps'], [{ from: begin + 2_000, to: begin + 3_500 }]);
        assert.deepEqual(caught.all, []);
      } finally {
        await helper.unload();
        await stub.close();
      }
    });
  });

  describe('fragments', () => {
    it('answers with what is stored, and where the gaps are', async () => {
      const { answers, send } = await load(simulator.endpoint, { output: 'fragments', waitSeconds: 0 });
      const asked = { from: hall.now - 25 * MINUTE, to: hall.now - 10 * MINUTE };
      send(asked);
      const { payload, kvs } = await answers.first();
      const list = payload as {
        FragmentNumber: string;
        FragmentSizeInBytes: number;
        ProducerTimestamp: number;
      }[];
      assert.deepEqual(
        list.map(({ FragmentNumber }) => FragmentNumber),
        stored(asked.from, asked.to),
      );
      const [first] = list;
      assert.deepEqual(kvs['gaps'], [{ from: asked.from, to: first?.ProducerTimestamp }]);
      const coverage = kvs['coverage'] as readonly { from: number; to: number }[];
      assert.deepEqual(
        coverage.map(({ from }) => from),
        [first?.ProducerTimestamp],
      );
      // Lists leave out how long a fragment's last frame lasts, and the range may end within that frame.
      const open = asked.to - (coverage[0]?.to ?? 0);
      assert.ok(open >= 0 && open < 100, `${open} ms`);
      assert.equal(
        kvs['bytes'],
        list.reduce((sum, { FragmentSizeInBytes }) => sum + FragmentSizeInBytes, 0),
      );
      assert.equal(kvs['StreamName'], 'hall');
    });
  });

  for (const [where, stream] of [
    ['before the recording', 'hall'],
    ['of a stream that has nothing', 'empty'],
  ] as const) {
    it(`answers about fragments ${where} with an empty list, and the whole range as a gap`, async () => {
      const { answers, errors, send } = await load(simulator.endpoint, { output: 'fragments', stream });
      const { from, to } = range(50, 40);
      send({ from, to });
      const { payload, kvs } = await answers.first();
      assert.deepEqual(payload, []);
      assert.deepEqual(kvs, { StreamName: stream, coverage: [], gaps: [{ from, to }], bytes: 0 });
      assert.deepEqual(errors.all, []);
    });
  }

  describe('url', () => {
    for (const protocol of ['HLS', 'DASH'] as const) {
      it(`${protocol}: is asked for again where the service has failed`, async () => {
        simulator.faults.add({
          ...{ kind: 'http-error', operation: `Get${protocol}StreamingSessionURL`, times: 2 },
          ...{ ErrorType: 'ClientLimitExceededException', statusCode: 400 },
        });
        const { answers, errors, completed, send } = await load(simulator.endpoint, {
          ...{ output: 'url', protocol },
        });
        send(range(15, 10));
        await completed.first();
        assert.deepEqual(errors.all, []);
        assert.match(String(answers.all[0]?.payload), /^http/);
      });
    }

    it('answers with an address, which is in no status and in no log', async () => {
      const stub = await new StubService().listen();
      try {
        const address =
          'https://b-1.example/hls?SessionToken=CiAxMjM0NTY3ODkwYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo';
        stub.answers.set('/getHLSStreamingSessionURL', json(200, { HLSStreamingSessionURL: address }));
        const { answers, statuses, completed, send } = await load(stub.url, { output: 'url' });
        send({ ...range(10, 5), request: 'film' });
        const { payload, kvs, request } = await answers.first();
        await completed.first();
        assert.deepEqual([payload, request], [address, 'film']);
        const { protocol, expiresAt } = kvs['url'] as { protocol: string; expiresAt: number };
        assert.equal(protocol, 'HLS');
        assert.ok(Math.abs(expiresAt - Date.now() - 300_000) < 60_000);
        const logged = helper.log().args.map((line) => JSON.stringify(line));
        for (const text of [...logged, ...statuses.all.map((status) => JSON.stringify(status))]) {
          assert.ok(!text.includes('CiAxMjM0'), text);
        }
      } finally {
        await helper.unload();
        await stub.close();
      }
    });
  });
});
