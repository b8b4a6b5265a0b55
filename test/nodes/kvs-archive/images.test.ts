import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import helper from 'node-red-node-test-helper';
import { ID } from '../../../src/simulator/media/element-ids';
import { element, unsigned } from '../../../src/simulator/media/ebml-writer';
import { skip } from '../../../testing/skip';
import { needsFfmpeg } from '../../convert/streams';
import { block, cluster, header } from '../../simulator/matroska';
import { MINUTE, load, useStoredHall, type Answer } from './archive-flow';

describe('kvs-archive, pictures', () => {
  const hall = useStoredHall();
  const { simulator, stored, range } = hall;

  describe('image', () => {
    let folder = '';
    beforeEach(function () {
      needsFfmpeg(this);
      folder = mkdtempSync(join(tmpdir(), 'kvs-archive-'));
    });
    afterEach(() => {
      rmSync(folder, { recursive: true, force: true });
    });

    it('is the picture of a moment, with the time of its frame', async () => {
      const { answers, errors, completed, send } = await load(simulator.endpoint, { output: 'image' });
      const at = hall.now - 15 * MINUTE;
      send({ at, request: 'mine' });
      await completed.first();
      assert.deepEqual(errors.all, []);
      const [answer, ...more] = answers.all;
      assert.ok(answer !== undefined && more.length === 0);
      const { payload, kvs, topic, request, parts } = answer;
      assert.ok(Buffer.isBuffer(payload) && payload.readUInt16BE(0) === 0xffd8);
      assert.deepEqual([topic, request, parts], ['hall', 'mine', undefined]);
      const { frameTime, FragmentNumber, ...image } = kvs['image'] as Record<string, number>;
      assert.ok(frameTime !== undefined && frameTime <= at && at - frameTime < 200);
      assert.deepEqual([FragmentNumber], stored(at, at + 1));
      assert.deepEqual(image, { at, width: 640, height: 360, mimeType: 'image/jpeg' });
    });

    it('is one for each moment of a range, as numbered files; only the last one says how many', async () => {
      const every = { output: 'image', intervalSeconds: 20, format: 'png', width: 160, saveTo: 'file' };
      const { answers, completed, send } = await load(simulator.endpoint, every);
      send({ ...range(15, 14), filename: join(folder, 'door.png') });
      await completed.first();
      assert.deepEqual(readdirSync(folder).sort(), ['door-2.png', 'door-3.png', 'door.png']);
      const parts = answers.all.map((answer) => answer['parts'] as { index: number; count?: number });
      assert.deepEqual(
        parts.map(({ index, count }) => [index, count]),
        [
          [0, undefined],
          [1, undefined],
          [2, 3],
        ],
      );
      const { width, height, mimeType } = answers.all[1]?.kvs['image'] as Record<string, unknown>;
      assert.deepEqual([width, height, mimeType], [160, 90, 'image/png']);
    });

    it('names why there is none', async () => {
      const { errors, send } = await load(simulator.endpoint, { output: 'image', saveTo: 'file' });
      send({ at: hall.now - 15 * MINUTE, filename: join(folder, 'nowhere', 'door.jpg') });
      assert.equal((await errors.first()).payload.ErrorType, 'FileError');
      await helper.unload();
      const early = await load(simulator.endpoint, { output: 'image' });
      early.send({ at: (hall.stream.fragments[0]?.ProducerTimestamp ?? 0) - 1 });
      assert.equal((await early.errors.first()).payload.ErrorType, 'NoMediaInRange');
    });
  });

  describe('image of a machine without ffmpeg', () => {
    const path = process.env['PATH'];
    beforeEach(() => {
      process.env['PATH'] = '';
    });
    afterEach(() => {
      process.env['PATH'] = path;
      simulator.faults.clear();
    });

    it('is made by AWS, unless the node is set to ffmpeg', async () => {
      const at = hall.now - 15 * MINUTE + 321;
      const { answers, errors, completed, send } = await load(simulator.endpoint, { output: 'image' });
      send({ at });
      await completed.first();
      const [{ payload, kvs }] = answers.all as [Answer];
      assert.ok(Buffer.isBuffer(payload) && payload.readUInt16BE(0) === 0xffd8);
      const [FragmentNumber] = stored(at, at + 1);
      const size = { width: 16, height: 16 };
      assert.deepEqual(kvs['image'], { at, frameTime: at, FragmentNumber, ...size, mimeType: 'image/jpeg' });
      assert.deepEqual([errors.all, answers.all.length], [[], 1]);
      await helper.unload();
      const own = await load(simulator.endpoint, { output: 'image', imageSource: 'ffmpeg' });
      own.send({ at });
      const { ErrorType, message } = (await own.errors.first()).payload;
      assert.equal(ErrorType, 'NoDecoder');
      assert.match(message, /Install ffmpeg on this machine, or let AWS decode/);
    });

    it('is an error that says what to do where an ffmpeg was found and fails', async function () {
      if (process.platform === 'win32') {
        skip(this, 'the program is a shell script');
      }
      const fake = mkdtempSync(join(tmpdir(), 'kvs-ffmpeg-'));
      try {
        // It passes the test of its options, and decodes nothing.
        const script =
          'case "$*" in *rawvideo*) cat > /dev/null; echo ok;; *) echo "no memory" >&2; exit 3;; esac';
        writeFileSync(join(fake, 'ffmpeg'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
        process.env['PATH'] = `${fake}${delimiter}${path ?? ''}`;
        const own = await load(simulator.endpoint, { output: 'image', imageSource: 'ffmpeg' });
        own.send({ at: hall.now - 15 * MINUTE });
        const { ErrorType, message, action } = (await own.errors.first()).payload;
        assert.deepEqual([ErrorType, action], ['DecoderFailed', 'skip']);
        assert.match(
          message,
          /stream "hall" could not be made\. .* next one\. .* AWS decode\. ffmpeg ended with exit code 3\. .*: 1\. Details: "no memory"$/,
        );
      } finally {
        rmSync(fake, { recursive: true, force: true });
      }
    });

    it('is refused for a message where it is larger than that may be', async () => {
      // A JPEG of 16 × 16 that says so, and is 1.2 MB.
      const jpeg = Buffer.concat([Buffer.from('ffd8ffc0001108001000100300', 'hex'), Buffer.alloc(1_200_000)]);
      const codec = element(ID.CodecID, Buffer.from('V_MJPEG'));
      const entry = [unsigned(ID.TrackNumber, 1), unsigned(ID.TrackType, 1), codec];
      const source = [
        header([element(ID.TrackEntry, Buffer.concat(entry))]),
        ...[0, 1_000].map((ms) => cluster(ms, [block(1, 0, true, jpeg), block(1, 900, false, jpeg)])),
      ];
      simulator.addStream({
        ...{ name: 'large', live: false, recordedMs: 10 * MINUTE },
        source: { bytes: Buffer.concat(source) },
      });
      const large = { output: 'image', stream: 'large', maxMB: 1 };
      const { errors, answers, send } = await load(simulator.endpoint, large);
      send({ at: hall.now - 5 * MINUTE });
      const { payload } = await errors.first();
      assert.equal(payload.ErrorType, 'ClipTooLarge');
      assert.match(payload.message, /picture .* more than 1 MB/);
      assert.deepEqual(answers.all, []);
    });

    it('fails with what AWS says, or why AWS is not asked', async () => {
      simulator.faults.add({
        ...{
          kind: 'http-error',
          ErrorType: 'AccessDeniedException',
          statusCode: 403,
          operation: 'GetImages',
        },
      });
      const { errors, send } = await load(simulator.endpoint, { output: 'image' });
      send({ at: hall.now - 15 * MINUTE });
      const { ErrorType, message, ...failed } = (await errors.first()).payload;
      assert.deepEqual([ErrorType, failed['operation']], ['AccessDeniedException', 'GetImages']);
      assert.match(message, /kinesisvideo:GetImages/);
      await helper.unload();
      const fast = await load(simulator.endpoint, { output: 'image', intervalSeconds: 0.1 });
      fast.send({ ...range(15, 14) });
      const refused = (await fast.errors.first()).payload;
      assert.deepEqual([refused.ErrorType, refused['operation']], ['InvalidInput', 'Input']);
      assert.match(refused.message, /every 0\.2 seconds/);
    });
  });
});
