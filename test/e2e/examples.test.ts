import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { assertDecodes, needsFfmpeg, timesOf } from '../convert/streams';
import type { CollectedMessage } from '../../testing/collector';
import { skip } from '../../testing/skip';
import { CHUNK_EVERY_MS, useExamples } from './example-flows';

describe('the example flows for live media in a real Node-RED', function () {
  this.timeout(60_000);
  const examples = useExamples();
  const { simulator, deploy, press, shown, until, numbers, errors, assertUnbroken } = examples;

  it('1, first stream: chunks flow', async () => {
    await deploy('1-first-stream.json');
    await until('chunk', 4);
    assertUnbroken(numbers('chunk'));
    assert.deepEqual(shown('errors'), []);
  });

  it('2, errors and alerts: no alert for what passes, one at the third failure in a row', async () => {
    await deploy('2-errors-and-alerts.json', {}, 'the right stream');
    await until('chunk', 1);
    await press('an unknown action');
    await until('every error', 1);
    assert.equal(errors('every error')[0]?.['ErrorType'], 'InvalidInput');
    await press('a stream that does not exist');
    const refusal = (): Record<string, unknown> | undefined =>
      errors('every error').find(({ ErrorType }) => ErrorType === 'ResourceNotFoundException');
    await examples.collector.until('the refusal', () => refusal() !== undefined);
    assert.deepEqual([refusal()?.['action'], refusal()?.['retryable']], ['retry', false]);
    assert.deepEqual(shown('ALERT'), []);

    const fault = {
      kind: 'http-error',
      operation: 'GetMedia',
      ErrorType: 'InternalFailure',
      statusCode: 500,
    };
    simulator.faults.add({ ...fault, times: 3 } as Parameters<typeof simulator.faults.add>[0]);
    const before = shown('chunk').length;
    await press('the right stream');
    await until('ALERT', 1);
    assert.match(String(shown('ALERT')[0]?.payload), /^demo: .* \(InternalFailure\)$/);
    await until('chunk', before + 2);
    assert.equal(shown('ALERT').length, 1);
    assertUnbroken(numbers('chunk'));
  });

  it('2, errors and alerts: an error that stops the node is an alert and is caught', async () => {
    simulator.faults.add({
      kind: 'http-error',
      operation: 'GetMedia',
      ErrorType: 'InvalidParameterValue',
      statusCode: 400,
    });
    await deploy('2-errors-and-alerts.json', {}, 'the right stream');
    await until('ALERT', 1);
    await until('caught', 1);
    assert.match(String(shown('ALERT')[0]?.payload), /\(InvalidParameterValue\)$/);
    const { error } = shown('caught')[0] as unknown as { error: Record<string, unknown> };
    assert.equal(error['code'], 'InvalidParameterValue');
    await press('the right stream');
    await until('chunk', 1);
  });

  it('3, chunks to files: every file is a chunk as the service sent it, and plays alone', async function () {
    const sent = new Set<string>();
    simulator.on('chunkSent', ({ bytes }) => sent.add(bytes().toString('base64')));
    await deploy('3-chunks-to-files.json');
    await until('written', 4);
    assert.deepEqual(shown('errors'), []);
    await examples.nodeRed.deploy([]);
    const folder = join(examples.nodeRed.userDir, 'kvs-chunks');
    const files = readdirSync(folder).sort();
    assert.deepEqual(files.slice(0, 4), ['demo-00.mkv', 'demo-01.mkv', 'demo-02.mkv', 'demo-03.mkv']);
    for (const file of files.slice(0, 4)) {
      assert.ok(sent.has(readFileSync(join(folder, file)).toString('base64')), file);
    }
    if (spawnSync('ffprobe', ['-version']).error !== undefined) {
      skip(this, 'no ffprobe to play the files');
    }
    for (const file of files.slice(0, 4)) {
      const probe = ['-v', 'error', '-count_frames', '-show_entries', 'stream=codec_type,nb_read_frames'];
      const { streams } = JSON.parse(
        execFileSync('ffprobe', [...probe, '-of', 'json', join(folder, file)], { encoding: 'utf8' }),
      ) as { streams: { codec_type: string; nb_read_frames: string }[] };
      const video = streams.find(({ codec_type }) => codec_type === 'video');
      assert.ok(Number(video?.nb_read_frames) > 10, file);
    }
  });

  it('4, start and stop: obeys every button', async () => {
    const open = (): number => simulator.stats.streams['demo']?.openConnections ?? 0;
    const calls = (): number => simulator.stats.streams['demo']?.calls ?? 0;
    const connection = async (wanted: number): Promise<void> => {
      while (open() !== wanted) {
        await new Promise((resolve) => simulator.once('connection', resolve));
      }
    };
    await connection(0);
    const before = calls();
    await deploy('4-start-and-stop-by-message.json', {}, 'stop');
    assert.equal(calls(), before, 'does not begin by itself');
    await press('start');
    await until('chunk', 2);
    await press('stop');
    await connection(0);
    const stopped = shown('chunk').length;
    await press('start');
    await until('chunk', stopped + 2);
    await press('pause');
    await press('resume');
    await until('chunk', shown('chunk').length + 2);
    assertUnbroken(numbers('chunk'));
    await press('reset: forget the place');
    for (const where of ['start at the oldest stored video', 'start a minute ago']) {
      const earlier = shown('chunk').length;
      await press(where);
      // What a session that has been replaced had sent is on its way before the first of the new one.
      const first = (): number =>
        shown('chunk').findIndex(({ kvs }, i) => i >= earlier && kvs?.['sequence'] === 0);
      await examples.collector.until(where, () => first() >= 0, 30_000);
      const at = examples.stream.fragments.findIndex(
        ({ FragmentNumber }) => FragmentNumber === numbers('chunk')[first()],
      );
      const minuteAgo = Date.now() - 60_000;
      const oldest = examples.stream.fragments.findIndex(
        ({ ServerTimestamp = 0 }) => where.includes('oldest') || ServerTimestamp >= minuteAgo,
      );
      // A chunk contains a time that lies within it, so that the one before may be right as well.
      assert.ok(at >= 0 && at <= oldest, where);
    }
    assert.deepEqual(shown('errors'), []);
  });

  it('5, acknowledged processing: goes on as the work is done, and nothing is left out', async () => {
    await deploy('5-acknowledged-processing.json');
    await until('done', 7);
    assertUnbroken(numbers('done'));
    assert.deepEqual(shown('errors'), []);
  });

  it('6, frames to an image service: posts key frames that a decoder makes pictures of', async function () {
    await deploy('6-frames-to-an-image-service.json');
    await until('answer', 2);
    assert.deepEqual(shown('errors'), []);
    const sent = shown('received').map(({ bytes }) => bytes ?? Buffer.alloc(0));
    for (const [i, frame] of sent.slice(0, 2).entries()) {
      assert.deepEqual(nalTypes(frame).slice(0, 2), [7, 8], 'parameter sets first');
      assert.ok(nalTypes(frame).includes(5), 'a key frame');
      const answer = shown('answer')[i] as unknown as { statusCode: number; payload: { bytes: number } };
      assert.deepEqual([answer.statusCode, answer.payload.bytes], [200, frame.length]);
    }
    if (spawnSync('ffmpeg', ['-version']).error !== undefined) {
      skip(this, 'no ffmpeg to make pictures of the frames');
    }
    for (const frame of sent.slice(0, 2)) {
      const picture = execFileSync(
        'ffmpeg',
        ['-v', 'error', '-xerror', '-f', 'h264', '-i', 'pipe:0', '-f', 'mjpeg', 'pipe:1'],
        { input: frame },
      );
      assert.equal(picture.readUInt16BE(0), 0xffd8, 'a JPEG');
    }
  });

  it('7, files that play: one MP4 and one Matroska file, whole at every moment', async function () {
    needsFfmpeg(this);
    await deploy('7-files-that-play.json');
    await until('written mp4', 4);
    await until('written mkv', 4);
    assert.deepEqual(shown('errors'), []);
    await examples.nodeRed.deploy([]);
    const folder = join(examples.nodeRed.userDir, 'kvs-files');
    const files = readdirSync(folder);
    assert.deepEqual(files.map((file) => file.slice(-4)).sort(), ['.mkv', '.mp4']);
    for (const file of files) {
      assert.match(file, /^demo-\d{4}-\d\d-\d\d-\d{6}\.mp4$|^demo-\d{4}-\d\d-\d\d-\d{6}\.mkv$/);
    }
    for (const file of files) {
      const bytes = readFileSync(join(folder, file));
      assertDecodes(bytes);
      assert.ok(timesOf(bytes).video.length > 30, file);
    }
  });

  it('8, a call to two WAV files: with their lengths, once it is over', async function () {
    needsFfmpeg(this);
    const call = simulator.addStream({ name: 'call', live: false, profile: 'amazon-connect' });
    await deploy('8-connect-call-to-wav.json', {
      'kvs-get-media': { stream: 'call', startSelectorType: 'EARLIEST' },
      trigger: { duration: '1' },
    });
    call.produce(4);
    const voices = ['AUDIO_FROM_CUSTOMER', 'AUDIO_TO_CUSTOMER'];
    const finished = (): string[] => [...new Set(shown('written').map(({ filename }) => String(filename)))];
    await examples.collector.until('two files', () => finished().length === 2, 30_000);
    assert.deepEqual(shown('errors'), []);
    await examples.nodeRed.deploy([]);
    for (const voice of voices) {
      const file = finished().find((name) => name.endsWith(`-${voice}.wav`));
      assert.ok(file !== undefined, voice);
      const bytes = readFileSync(join(examples.nodeRed.userDir, file));
      assert.equal(bytes.readUInt32LE(40), bytes.length - 44);
      assertDecodes(bytes);
    }
  });

  it('12, many cameras to files: a new file of each camera in every period', async function () {
    needsFfmpeg(this);
    const cameras = ['demo-1', 'demo-2', 'demo-3'].map((name) =>
      simulator.addStream({ name, live: false, profile: 'aws-sdk' }),
    );
    const shooting = setInterval(() => {
      cameras.forEach((each) => each.produce(1));
    }, CHUNK_EVERY_MS);
    try {
      await deploy('12-many-cameras-to-files.json', { 'kvs-convert': { splitSeconds: 1 } });
      const files = (name: string): string[] => [
        ...new Set(
          shown('written')
            .map(({ filename }) => String(filename))
            .filter((file) => file.startsWith(`kvs-recordings/${name}/`)),
        ),
      ];
      await examples.collector.until(
        'three files of each camera',
        () => cameras.every(({ name }) => files(name).length >= 3),
        30_000,
      );
      assert.deepEqual(shown('errors'), []);
      await examples.nodeRed.deploy([]);
      for (const file of cameras.flatMap(({ name }) => files(name).slice(0, 2))) {
        assert.match(file, /^kvs-recordings\/demo-\d\/\d{4}-\d\d-\d\d\/\d{6}\.mp4$/);
        assertDecodes(readFileSync(join(examples.nodeRed.userDir, file)));
      }
    } finally {
      clearInterval(shooting);
    }
  });

  it('9, pictures to a service: a JPEG arrives', async function () {
    needsFfmpeg(this);
    await deploy('9-pictures-to-a-service.json');
    await until('answer', 1);
    assert.deepEqual(shown('errors'), []);
    const { payload } = shown('answer')[0] as unknown as { payload: { bytes: number; type: string } };
    assert.equal(payload.type, 'image/jpeg');
    assert.ok(payload.bytes > 1_000);
  });

  it('16, pictures to a detector: it gets the newest when it is done, and never two at a time', async function () {
    needsFfmpeg(this);
    await deploy('16-pictures-to-a-detector.json', { delay: { timeout: '1' } });
    await until('answer', 3);
    assert.deepEqual(shown('errors'), []);
    const times = shown('answer').map(({ payload, kvs }) => {
      const { bytes, type } = payload as { bytes: number; type: string };
      assert.ok(bytes > 1_000);
      assert.equal(type, 'image/jpeg');
      const { frameTime, width } = kvs?.['image'] as { frameTime: number; width: number };
      assert.equal(width, 640);
      return frameTime;
    });
    // The camera is several times as fast as time, and a second at the detector takes many of its pictures.
    for (const [i, time] of times.slice(1).entries()) {
      assert.ok(time - (times[i] ?? 0) > 1_500, times.join());
    }
  });

  it('17, calls to text: each voice in pieces of ten seconds', async () => {
    const call = simulator.addStream({ name: 'call-to-text', live: false, profile: 'amazon-connect' });
    await deploy('17-calls-to-text.json', {
      'kvs-get-media': { stream: 'call-to-text', startSelectorType: 'EARLIEST' },
    });
    call.produce(25);
    const pieces = (voice: string): CollectedMessage[] =>
      shown('text').filter(({ payload }) => (payload as { text: string }).text.startsWith(voice));
    const voices = ['AUDIO_FROM_CUSTOMER', 'AUDIO_TO_CUSTOMER'];
    await examples.collector.until(
      'two of each voice',
      () => voices.every((voice) => pieces(voice).length >= 2),
      30_000,
    );
    assert.deepEqual(shown('errors'), []);
    for (const voice of voices) {
      const [first] = pieces(voice);
      const { text } = first?.payload as { text: string };
      const [, bytes] = /^\w+-\d{6}\.wav: (\d+) bytes for whisper-1$/.exec(text) ?? [];
      // 16 bits at 8 kHz; pieces end with the block that reaches ten seconds.
      assert.ok(Math.abs(Number(bytes) / 16_000 - 10) < 2, text);
    }
  });

  it('18, hourly files to S3: every file is uploaded as it was written, when it is complete', async function () {
    needsFfmpeg(this);
    const yard = simulator.addStream({ name: 'yard', live: false, profile: 'aws-sdk' });
    const shooting = setInterval(() => yard.produce(1), CHUNK_EVERY_MS);
    try {
      await deploy('18-hourly-files-to-s3.json', {
        'kvs-fleet': { streams: 'yard' },
        'kvs-convert': { splitSeconds: 1 },
      });
      await until('uploaded', 2);
      assert.deepEqual(shown('errors'), []);
      await examples.nodeRed.deploy([]);
      for (const { payload } of shown('uploaded').slice(0, 2)) {
        const { key, bytes } = payload as { key: string; bytes: number };
        assert.match(key, /^kvs-uploads\/yard\/\d{4}-\d\d-\d\d\/\d{6}\.mp4$/);
        const file = readFileSync(join(examples.nodeRed.userDir, key));
        assert.equal(bytes, file.length);
        assertDecodes(file);
      }
    } finally {
      clearInterval(shooting);
    }
  });

  it('19, silent camera: one alert, after the state has lasted', async () => {
    simulator.addStream({ name: 'silent', live: false, source: 'none' });
    await deploy('19-silent-camera.json', {
      'kvs-get-media': { stream: 'silent' },
      trigger: { duration: '200', units: 'ms' },
    });
    await until('ALERT', 1);
    assert.equal(shown('ALERT')[0]?.payload, 'The camera sends nothing.');
    assert.deepEqual(shown('errors'), []);
  });
});

/** Types of the NAL units of an Annex B stream. */
function nalTypes(stream: Buffer): number[] {
  const startCode = Buffer.from([0, 0, 0, 1]);
  const types: number[] = [];
  for (let at = stream.indexOf(startCode); at >= 0; at = stream.indexOf(startCode, at + 4)) {
    types.push((stream[at + 4] ?? 0) & 0x1f);
  }
  return types;
}
