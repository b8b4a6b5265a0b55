import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import helper from 'node-red-node-test-helper';
import { boxes } from '../../convert/boxes';
import { beginOf, moved, renumbered, source } from '../../convert/clip/sources';
import { needsFfmpeg, streamsOf } from '../../convert/streams';
import { MINUTE, load, useStoredHall } from './archive-flow';

describe('kvs-archive, clips', () => {
  const hall = useStoredHall();
  const { simulator, stored, range } = hall;

  describe('clip', () => {
    let folder = '';
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'kvs-archive-'));
    });
    afterEach(() => {
      rmSync(folder, { recursive: true, force: true });
    });
    const boxesOf = (file: Buffer): string[] => boxes(file).map(({ type }) => type);

    it('is what a node answers with where nothing else is set: one file that shows exactly the range', async () => {
      const { answers, errors, completed, send } = await load(simulator.endpoint, { output: undefined });
      const at = hall.now - 15 * MINUTE;
      send({ at, request: 'mine', extra: { kept: true } });
      await completed.first();
      assert.deepEqual(errors.all, []);
      assert.equal(answers.all.length, 1);
      const { payload, kvs, topic, request, extra, parts } = answers.all[0] ?? assert.fail();
      assert.ok(Buffer.isBuffer(payload));
      assert.deepEqual(boxesOf(payload), ['ftyp', 'moov', 'mdat']);
      assert.deepEqual(
        { topic, request, extra, parts },
        { topic: 'hall', request: 'mine', extra: { kept: true }, parts: undefined },
      );
      const [from, to] = [at - 10_000, at + 20_000];
      const numbersShown = stored(from, to);
      const { mimeType, ...clip } = kvs['clip'] as Record<string, unknown>;
      assert.match(String(mimeType), /^video\/mp4; codecs="avc1\./);
      assert.deepEqual(clip, {
        ...{ from, to, start: from, end: to, durationMs: 30_000, gaps: [], complete: true },
        ...{ fragments: numbersShown.length, bytes: payload.length },
        ...{ firstFragmentNumber: numbersShown[0], lastFragmentNumber: numbersShown.at(-1) },
      });
    });

    it('is a file at the path that the message or the node gives', async () => {
      const { answers, completed, send } = await load(simulator.endpoint, { output: 'clip', saveTo: 'file' });
      const path = join(folder, 'door.mp4');
      send({ ...range(15, 14), filename: path });
      await completed.first();
      assert.equal(answers.all[0]?.payload, path);
      assert.deepEqual(readdirSync(folder), ['door.mp4']);
      const file = readFileSync(path);
      assert.deepEqual(boxesOf(file), ['ftyp', 'moov', 'mdat']);
      assert.equal((answers.all[0].kvs['clip'] as { bytes: number }).bytes, file.length);
      await helper.unload();
      const typed = {
        output: 'clip',
        saveTo: 'file',
        filenameType: 'str',
        filename: join(folder, 'own.mp4'),
      };
      const again = await load(simulator.endpoint, typed);
      again.send(range(15, 14));
      await again.completed.first();
      assert.ok(readFileSync(join(folder, 'own.mp4')).equals(file));
    });

    it('names why there is no clip', async () => {
      const toFile = await load(simulator.endpoint, { output: 'clip', saveTo: 'file' });
      const path = join(folder, 'nowhere', 'door.mp4');
      toFile.send({ ...range(15, 14), filename: path });
      const { payload: noFolder } = await toFile.errors.first();
      assert.deepEqual(
        [noFolder.ErrorType, noFolder['operation'], noFolder.action],
        ['FileError', 'Archive', 'skip'],
      );
      assert.match(noFolder.message, /door\.mp4 failed: the folder does not exist \(ENOENT\)\.$/);
      toFile.send(range(15, 14));
      const { payload: noPath } = await toFile.errors.first(
        ({ payload }) => payload.ErrorType === 'InvalidInput',
      );
      assert.match(noPath.message, /“File” gives no path/);
      await helper.unload();
      const small = await load(simulator.endpoint, { output: 'clip', maxMB: 1 });
      small.send(range(18, 1));
      const { payload: tooLarge } = await small.errors.first();
      assert.equal(tooLarge.ErrorType, 'ClipTooLarge');
      assert.match(tooLarge.message, /more than 1 MB\. Save it to a file/);
      small.send({ ...range(15, 14), stream: 'empty' });
      await small.errors.first(({ payload }) => payload.ErrorType === 'NoMediaInRange');
      assert.deepEqual([toFile.answers.all, small.answers.all], [[], []]);
    });

    it('is a message for each file where the codec changes within the range', async function () {
      needsFfmpeg(this);
      const [one, other] = [source('a key frame each second'), source('H.265 and Opus')];
      const changed = simulator.addStream({ name: 'changing', source: 'none' });
      const shift = one.base + 4_000 - beginOf(other.chunks);
      const chunks = [
        ...one.chunks.slice(0, 4),
        ...other.chunks.slice(0, 4).map((each) => renumbered(moved(each, shift))),
      ];
      const base = Date.now() - 20_000;
      changed.ingest(Buffer.concat(chunks.map((chunk) => moved(chunk, base - one.base))));
      const { answers, errors, completed, send } = await load(simulator.endpoint, { output: 'clip' });
      send({ stream: 'changing', from: base + 1_500, to: base + 8_500 });
      await completed.first();
      simulator.removeStream('changing');
      assert.deepEqual(errors.all, []);
      const clips = answers.all.map(
        ({ kvs }) => kvs['clip'] as { mimeType: string; start: number; end: number },
      );
      assert.deepEqual(
        clips.map(({ start, end }) => [start, end].map((time) => Math.round((time - base) / 40) * 40)),
        [
          [1_520, 4_000],
          [4_000, 8_520],
        ],
      );
      const parts = answers.all.map(
        (answer) => answer['parts'] as { id: string; index: number; count: number },
      );
      assert.deepEqual(
        parts.map(({ index, count }) => [index, count]),
        [
          [0, 2],
          [1, 2],
        ],
      );
      assert.equal(parts[0]?.id, parts[1]?.id);
      assert.deepEqual(
        answers.all.map(({ payload }) => streamsOf(payload as Buffer).map(({ codec_name }) => codec_name)),
        [['h264'], ['hevc', 'opus']],
      );
    });

    it('has what is still to come, with what was before', async function () {
      this.timeout(60_000);
      simulator.addStream({ name: 'live', profile: 'aws-sdk', prefillMs: 30_000 });
      const { answers, errors, completed, send } = await load(simulator.endpoint, {
        ...{ output: 'clip', beforeSeconds: 5, afterSeconds: 4 },
      });
      const at = Date.now() - 1_000;
      send({ at, stream: 'live' });
      await completed.first();
      simulator.removeStream('live');
      assert.deepEqual(errors.all, []);
      const { start, end, gaps } = answers.all[0]?.kvs['clip'] as { start: number; end: number; gaps: [] };
      assert.deepEqual([start - at, end - at, gaps], [-5_000, 4_000, []]);
    });
  });
});
