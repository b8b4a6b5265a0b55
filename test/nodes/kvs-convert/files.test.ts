import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConvertMessage } from '../../../nodes/kvs-convert/convert-messages';
import { ConvertNode } from '../../../nodes/kvs-convert/convert-node';
import { SILENT_MS } from '../../../nodes/kvs-convert/stream-converters';
import type { ConvertProperties } from '../../../src/options';
import { english } from '../../../testing/texts';
import { VirtualClock } from '../../../testing/virtual-clock';
import { AVCC, connectEntry, pictures, smallChunk, videoEntry } from '../../convert/small-streams';
import { ffmpeg, film, needsFfmpeg, toChunks } from '../../convert/streams';

interface FileMessage extends ConvertMessage {
  readonly payload: Buffer;
  readonly filename?: string;
  readonly kvs: {
    readonly StreamName?: string;
    readonly FragmentNumber?: string;
    readonly format: {
      readonly init?: true;
      readonly reset?: true;
      readonly file?: { readonly index: number; readonly last: boolean; readonly start?: number };
    };
  };
}

const NOON = Date.UTC(2026, 10, 28, 12);
const quiet = (): void => undefined;

function rig(properties: ConvertProperties): {
  readonly node: ConvertNode;
  readonly clock: VirtualClock;
  readonly media: FileMessage[];
  readonly errors: ConvertMessage[];
  readonly input: (msg: ConvertMessage) => Promise<void>;
} {
  const clock = new VirtualClock();
  const media: FileMessage[] = [];
  const errors: ConvertMessage[] = [];
  const node = new ConvertNode(
    { status: quiet, warn: quiet, log: quiet, words: english, clone: (msg) => structuredClone(msg) },
    properties,
    { clock },
  );
  const input = (msg: ConvertMessage): Promise<void> =>
    node.handle(msg, ([some, others]) => {
      media.push(...((some ?? []) as FileMessage[]));
      errors.push(...(others ?? []));
    });
  return { node, clock, media, errors, input };
}

/** A chunk of video of 120 ms. */
function video(StreamName: string, number: number, atMs: number): ConvertMessage {
  const payload = smallChunk({
    number,
    at: NOON + atMs,
    tracks: [videoEntry(AVCC)],
    blocks: pictures(3),
  });
  return { topic: StreamName, payload, kvs: { StreamName } };
}

/** A second of a call, as Amazon Connect sends it. */
function call(StreamName: string, number: number, contact: string | undefined): ConvertMessage {
  const payload = smallChunk({
    number,
    at: NOON + number * 1_000,
    tracks: [connectEntry(1, 'AUDIO_FROM_CUSTOMER')],
    blocks: [{ track: 1, time: 0, key: true, data: Buffer.alloc(16_000, number) }],
    tags: contact === undefined ? [] : [['ContactId', contact]],
  });
  return {
    payload,
    kvs: { StreamName, ...(contact === undefined ? {} : { tags: { ContactId: [contact] } }) },
  };
}

/** Of each file of the messages: its name, and what of it came. */
function filesOf(media: readonly FileMessage[]): Record<string, { bytes: number; ended: boolean }> {
  const files: Record<string, { bytes: number; ended: boolean }> = {};
  for (const { filename = '', payload, kvs } of media) {
    const before = files[filename];
    assert.notEqual(before?.ended, true, `${filename} goes on after its end`);
    files[filename] = {
      bytes: (before?.bytes ?? 0) + payload.length,
      ended: kvs.format.file?.last === true,
    };
  }
  return files;
}

/** Of every frame, in the order in which they are shown. */
function hashesOf(input: readonly string[], media?: Buffer): string[] {
  // Files in a list overlap by the rounding of their last frame's duration.
  const plain = ['-an', '-vf', 'settb=1/25,setpts=N', '-fps_mode', 'passthrough', '-f', 'framemd5', '-'];
  const text = ffmpeg([...input, ...plain], media).toString();
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(',').at(-1)?.trim() ?? '');
}

describe('files of kvs-convert', () => {
  it('are named by their stream and the time at which they begin', async () => {
    const { node, media, errors, input } = rig({
      to: 'mp4',
      splitBy: 'seconds',
      splitSeconds: 60,
      filename: '{StreamName}/{start:yyyy-MM-dd}/{start:HHmmss}-{index}.mp4',
    });
    for (const [number, at] of [0, 40_000, 60_000, 119_880, 120_000].entries()) {
      await input(video('front/../door', number + 1, at));
    }
    node.close();
    assert.deepEqual(errors, []);
    const files = filesOf(media);
    assert.deepEqual(
      Object.entries(files).map(([name, { ended }]) => [name, ended]),
      [
        ['front_.._door/2026-11-28/120000-0.mp4', true],
        ['front_.._door/2026-11-28/120100-1.mp4', true],
        ['front_.._door/2026-11-28/120200-2.mp4', false],
      ],
    );
    const [init] = media;
    assert.equal(init?.kvs.format.init, true);
    const last = media.find(({ kvs }) => kvs.format.file?.last === true);
    assert.equal(last?.kvs.FragmentNumber, '2', 'the end of a file is told with its own last fragment');
  });

  it('never share a name where the pattern does not tell them apart', async () => {
    const { node, media, input } = rig({
      to: 'mkv',
      splitBy: 'seconds',
      splitSeconds: 1,
      filename: 'a.b/c.mkv',
    });
    for (const number of [0, 1, 2]) {
      await input(video('door', number + 1, number * 1_000));
    }
    node.close();
    assert.deepEqual(Object.keys(filesOf(media)), ['a.b/c.mkv', 'a.b/c-2.mkv', 'a.b/c-3.mkv']);
  });

  it('end with a session of kvs-get-media, and the next one begins another', async () => {
    const { node, media, errors, input } = rig({ to: 'mp4', filename: '{StreamName}-{index}.mp4' });
    await input(video('door', 1, 0));
    await input(video('gate', 1, 0));
    await input({ topic: 'door', complete: true, kvs: { StreamName: 'door', reason: 'until' } });
    await input(video('door', 2, 120));
    node.close();
    assert.deepEqual(errors, []);
    assert.deepEqual(
      media.map(({ filename, kvs: { format } }) => [
        filename,
        format.init === true ? 'begins' : format.reset === true ? 'ends' : 'media',
      ]),
      [
        ['door-0.mp4', 'begins'],
        ['door-0.mp4', 'media'],
        ['gate-0.mp4', 'begins'],
        ['gate-0.mp4', 'media'],
        ['door-0.mp4', 'ends'],
        ['door-0.mp4', 'begins'],
        ['door-0.mp4', 'media'],
      ],
    );
  });

  it('has state of each of 300 streams, however many there are', async () => {
    const { node, media, errors, input } = rig({ to: 'mp4', filename: '{StreamName}.mp4' });
    const names = Array.from({ length: 300 }, (_, i) => `camera-${i}`);
    for (const number of [1, 2, 3]) {
      for (const name of names) {
        await input(video(name, number, number * 120));
      }
    }
    node.close();
    assert.deepEqual(errors, []);
    assert.equal(media.filter(({ kvs }) => kvs.format.init === true).length, names.length);
    assert.deepEqual(
      Object.keys(filesOf(media)),
      names.map((name) => `${name}.mp4`),
    );
    assert.equal(media.length, 4 * names.length);
  });

  it('hold every frame of 40 streams that come in turns once, and play', async function () {
    needsFfmpeg(this);
    // No two frames of the film are alike, so that one in the wrong file shows.
    const streams = 40;
    const chunksEach = 4;
    const source = film(
      ...['-f', 'lavfi', '-i', `testsrc2=size=96x64:rate=4:duration=${streams * chunksEach}`],
      ...['-c:v', 'libx264', '-bf', '1', '-g', '4', '-keyint_min', '4', '-sc_threshold', '0'],
      ...['-pix_fmt', 'yuv420p'],
    );
    const chunks = toChunks(source);
    assert.equal(chunks.length, streams * chunksEach);
    const { node, media, errors, input } = rig({
      ...{ to: 'mp4', splitBy: 'seconds', splitSeconds: 2, alignToClock: false },
      filename: '{StreamName}-{index}.mp4',
    });
    for (let i = 0; i < chunksEach; i++) {
      for (let one = 0; one < streams; one++) {
        const kvs = { StreamName: `camera-${one}` };
        await input({ payload: chunks[one * chunksEach + i] ?? assert.fail(), kvs });
      }
    }
    for (let one = 0; one < streams; one++) {
      await input({ complete: true, kvs: { StreamName: `camera-${one}` } });
    }
    node.close();
    assert.deepEqual(errors, []);
    assert.ok(Object.values(filesOf(media)).every(({ ended }) => ended));
    const files = new Map<string, Buffer[]>();
    for (const { filename = '', payload } of media) {
      files.set(filename, [...(files.get(filename) ?? []), payload]);
    }
    assert.equal(files.size, streams * 2);
    const names = (index: number): string[] =>
      Array.from({ length: streams }, (_, one) => `camera-${one}-${index}.mp4`);
    const folder = mkdtempSync(join(tmpdir(), 'kvs-files-'));
    try {
      for (const [name, pieces] of files) {
        writeFileSync(join(folder, name), Buffer.concat(pieces));
      }
      // All first files, then all second ones: a file that needs the one before it would show other pictures.
      const list = [...names(0), ...names(1)].map((name) => `file ${name}\n`).join('');
      writeFileSync(join(folder, 'list'), list);
      const played = hashesOf(['-f', 'concat', '-i', join(folder, 'list')]);
      const sent = hashesOf(['-i', 'pipe:0'], source);
      const perFile = sent.length / files.size;
      const ofFiles = (index: number): string[] =>
        Array.from({ length: streams }, (_, one) => one * 2 + index).flatMap((file) =>
          sent.slice(file * perFile, (file + 1) * perFile),
        );
      assert.equal(new Set(sent).size, streams * chunksEach * 4);
      assert.deepEqual(played, [...ofFiles(0), ...ofFiles(1)]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('end when their stream has been silent, and nothing of it is kept', async () => {
    const { node, clock, media, input } = rig({ to: 'mp4', filename: '{StreamName}.mp4' });
    await input(video('door', 1, 0));
    await clock.advance(SILENT_MS / 2);
    await input(video('gate', 1, 0));
    await clock.advance(SILENT_MS / 2 + 1);
    assert.deepEqual(
      Object.entries(filesOf(media)).map(([name, { ended }]) => [name, ended]),
      [
        ['door.mp4', true],
        ['gate.mp4', false],
      ],
    );
    const ended = media.at(-1);
    assert.deepEqual([ended?.topic, ended?.kvs.StreamName, ended?.payload.length], ['door', 'door', 0]);
    await clock.advance(SILENT_MS / 2 + 1);
    assert.equal(filesOf(media)['gate.mp4']?.ended, true);
    node.close();
    assert.equal(clock.pending, 0);
  });

  it('are one for each contact of Amazon Connect, whole', async () => {
    const { node, media, errors, input } = rig({
      ...{ to: 'wav', splitBy: 'seconds', splitSeconds: 3_600, alignToClock: false },
      filename: '{StreamName}/{track}-{start:HHmmss}.wav',
    });
    // The tags of a fragment may be missing.
    for (const [number, contact] of ['a', undefined, 'a', 'b', 'b'].entries()) {
      await input(call('calls', number, contact));
    }
    assert.deepEqual(Object.keys(filesOf(media)), ['calls/AUDIO_FROM_CUSTOMER-120000.wav']);
    await input({ complete: true, kvs: { StreamName: 'calls' } });
    node.close();
    assert.deepEqual(errors, []);
    assert.deepEqual(filesOf(media), {
      'calls/AUDIO_FROM_CUSTOMER-120000.wav': { bytes: 44 + 3 * 16_000, ended: true },
      'calls/AUDIO_FROM_CUSTOMER-120003.wav': { bytes: 44 + 2 * 16_000, ended: true },
    });
  });

  it('have local times where that is chosen', async () => {
    const { node, media, input } = rig({
      to: 'mkv',
      filename: '{start:yyyy-MM-dd HH:mm:ss.SSS}.mkv',
      timeZone: 'local',
    });
    await input(video('door', 1, 7));
    node.close();
    const local = new Date(NOON + 7);
    const two = (value: number): string => String(value).padStart(2, '0');
    assert.equal(
      media[0]?.filename,
      `${local.getFullYear()}-${two(local.getMonth() + 1)}-${two(local.getDate())} ${two(local.getHours())}_${two(local.getMinutes())}_00.007.mkv`,
    );
  });

  it('need a pattern that can be read', async () => {
    const { errors, input, node } = rig({ to: 'mp4', filename: '{stream}.mp4' });
    await input(video('door', 1, 0));
    node.close();
    const [error] = errors as { payload?: unknown }[];
    assert.match(JSON.stringify(error?.payload), /InvalidInput.*filename/);
  });
});
