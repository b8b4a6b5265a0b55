/**
 * What blocks say besides their frames, as other programs read it in the file that chunks become: mkvinfo, ffprobe and
 * ffmpeg, and Chromium where it is WebM. Each must find what it finds in the file that the producer's encoder wrote.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConverter } from '../../../src/convert';
import { ID, element, uint } from '../../../testing/matroska-writer';
import { needsChromium, play } from '../chromium';
import { convertAll, only, type Result } from '../converted';
import { assertDecodes, ffmpeg, film, needsFfmpeg, packetsOf, toChunks } from '../streams';

/**
 * VP9 with alpha (BlockAdditions), and Opus whose last packet is cut (DiscardPadding); both are WebM. The sound begins
 * later, since what comes before the first key frame is in no fragment.
 */
const webm = (): Buffer =>
  film(
    ...['-f', 'lavfi', '-i', 'testsrc2=size=64x48:rate=10:duration=3:alpha=128'],
    ...['-itsoffset', '0.05', '-f', 'lavfi', '-i', 'sine=sample_rate=48000:duration=2.89'],
    ...['-map', '0', '-map', '1'],
    ...['-c:v', 'libvpx-vp9', '-pix_fmt', 'yuva420p', '-g', '10', '-cpu-used', '8', '-deadline', 'realtime'],
    ...['-c:a', 'libopus'],
  );

function convert(file: Buffer): Result {
  const result = convertAll(toChunks(file), createConverter('mkv', { tracks: [], intervalMs: 0 }));
  assert.deepEqual(result.problems, []);
  return result;
}

const hasMkvinfo = spawnSync('mkvinfo', ['--version']).status === 0;

/** What mkvinfo says of groups of blocks, without where it lies in the file. */
function groupsOf(file: Buffer): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'kvs-mkvinfo-'));
  try {
    writeFileSync(join(folder, 'media.mkv'), file);
    const { stdout, status } = spawnSync('mkvinfo', ['-v', '-v', join(folder, 'media.mkv')], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    assert.equal(status, 0);
    return stdout
      .split('\n')
      .filter((line) => /Block additional|Discard padding|Block duration/.test(line))
      .map((line) => line.replace(/ at \d+$/, ''));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('what blocks say in Matroska', () => {
  beforeEach(function () {
    needsFfmpeg(this);
  });

  it('mkvinfo finds as in the source: additions and padding', function () {
    if (!hasMkvinfo) {
      this.skip();
    }
    const expected = groupsOf(webm());
    assert.equal(expected.filter((line) => line.includes('Block additional:')).length, 30);
    assert.equal(expected.filter((line) => line.includes('Discard padding')).length, 1);
    assert.deepEqual(groupsOf(only(convert(webm()).files)), expected);
  });

  it('ffprobe finds as in the source: durations, key frames, and what is attached to packets', () => {
    const [expected, found] = [webm(), only(convert(webm()).files)].map(packetsOf);
    assert.ok(expected?.some(({ side_data_list: data = [] }) => data.length > 0));
    assert.deepEqual(found, expected);
  });

  it('ffmpeg decodes as in the source: alpha, and sound to the sample', () => {
    const decoded = (file: Buffer): string[] => {
      const input = ['-c:v', 'libvpx-vp9', '-f', 'matroska', '-i', 'pipe:0', '-map', '0'];
      const text = ffmpeg([...input, '-pix_fmt', 'yuva420p', '-f', 'hash', '-'], file).toString();
      return text.split('\n');
    };
    const file = only(convert(webm()).files);
    assertDecodes(file);
    assert.deepEqual(decoded(file), decoded(webm()));
  });

  it('Chromium plays as WebM, in one buffered range to the end', async function () {
    await needsChromium(this);
    const { media } = convert(webm());
    const { buffered, currentTime, duration, error } = await play(media, 'video/webm; codecs="vp9, opus"');
    assert.equal(error, '');
    assert.equal(buffered.length, 1, JSON.stringify(buffered));
    assert.ok(duration > 2.9 && duration - currentTime < 0.05, `stands at ${currentTime} of ${duration}`);
  });

  it('ffprobe and mkvinfo find the durations of subtitles', function () {
    if (!hasMkvinfo) {
      this.skip();
    }
    const srt = '1\n00:00:00,200 --> 00:00:00,900\none\n\n2\n00:00:01,000 --> 00:00:02,500\ntwo\n';
    const picture = [
      '-f',
      'lavfi',
      '-i',
      'color=size=64x48:rate=10:duration=3',
      '-c:v',
      'libx264',
      '-g',
      '10',
    ];
    const file = ffmpeg(['-f', 'srt', '-i', 'pipe:0', ...picture, '-f', 'matroska', '-'], Buffer.from(srt));
    const converted = only(convert(file).files);
    assert.deepEqual(groupsOf(converted), groupsOf(file));
    assert.deepEqual(packetsOf(converted), packetsOf(file));
    assert.ok(converted.includes(uint(ID.BlockDuration, 1_500)));
    assert.ok(!converted.includes(element(ID.BlockDuration, [0])));
  });
});
