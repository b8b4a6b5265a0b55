import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import {
  GetDASHStreamingSessionURLCommand,
  GetHLSStreamingSessionURLCommand,
  type GetHLSStreamingSessionURLCommandInput,
} from '@aws-sdk/client-kinesis-video-archived-media';
import { demux } from '../../../src/simulator/media';
import { fetchOnce } from '../../../testing/fetch-once';
import { failure, withSimulator, type Rig, type RigOptions } from '../rig';
import { skip } from '../../../testing/skip';

const NAME = 'cam';
const MINUTE = 60_000;
const haveFfmpeg = spawnSync('ffprobe', ['-version']).error === undefined;

async function withPast(
  { streams = [{ name: NAME, live: false, recordedMs: 10 * MINUTE }], ...options }: RigOptions,
  test: (rig: Rig) => Promise<void>,
): Promise<void> {
  await withSimulator({ streams, ...options }, test);
}

function lastMinute(rig: Rig) {
  const now = rig.clock.now();
  return {
    FragmentSelectorType: 'PRODUCER_TIMESTAMP' as const,
    TimestampRange: { StartTimestamp: new Date(now - MINUTE), EndTimestamp: new Date(now) },
  };
}

async function hls(
  rig: Rig,
  input: Omit<GetHLSStreamingSessionURLCommandInput, 'StreamName'>,
): Promise<string> {
  const client = await rig.archived(NAME, 'GET_HLS_STREAMING_SESSION_URL');
  const { HLSStreamingSessionURL = '' } = await client.send(
    new GetHLSStreamingSessionURLCommand({ StreamName: NAME, ...input }),
  );
  return HLSStreamingSessionURL;
}

const onDemand = (rig: Rig) => hls(rig, { PlaybackMode: 'ON_DEMAND', HLSFragmentSelector: lastMinute(rig) });

async function text(url: string): Promise<string> {
  const response = await fetchOnce(url);
  const body = await response.text();
  assert.equal(response.status, 200, body);
  return body;
}

/** The playlist that a master playlist names, and its address. */
async function mediaPlaylist(master: string): Promise<{ url: string; lines: string[] }> {
  const name = (await text(master)).trim().split('\n').at(-1) ?? '';
  const url = new URL(name, master).href;
  return { url, lines: (await text(url)).trim().split('\n') };
}

const fragmentsIn = (lines: readonly string[]) =>
  lines.flatMap((line) => /FragmentNumber=(\d+)/.exec(line)?.[1] ?? []);

/** What ffprobe reads from an address: frames of each kind, and how long they play. */
async function probe(url: string): Promise<{ video: number; audio: number; seconds: number }> {
  const shown = 'stream=codec_name,nb_read_packets:format=duration';
  const args = ['-v', 'error', '-count_packets', '-show_entries', shown, '-of', 'json', url];
  const { stdout, stderr } = await promisify(execFile)('ffprobe', args);
  assert.equal(stderr, '');
  const { streams, format } = JSON.parse(stdout) as {
    streams: { codec_name: string; nb_read_packets: string }[];
    format: { duration: string };
  };
  const count = (codec: string) =>
    Number(streams.find(({ codec_name }) => codec_name === codec)?.nb_read_packets ?? 0);
  return { video: count('h264'), audio: count('aac'), seconds: Number(format.duration) };
}

describe('the simulator: streaming sessions', () => {
  it('gives a URL with a token, whose playlist has the fragments that begin in the range', async () => {
    await withPast({}, async (rig) => {
      const url = await onDemand(rig);
      assert.match(
        url,
        /^http:\/\/127\.0\.0\.1:\d+\/hls\/v1\/getHLSMasterPlaylist\.m3u8\?SessionToken=[\w-]{64}$/,
      );
      const { lines } = await mediaPlaylist(url);
      const from = rig.clock.now() - MINUTE;
      const expected = [...(rig.simulator.streams.get(NAME)?.stored() ?? [])].filter(
        ({ ProducerTimestamp = 0 }) => ProducerTimestamp >= from,
      );
      assert.deepEqual(
        fragmentsIn(lines),
        expected.map(({ FragmentNumber }) => FragmentNumber),
      );
      assert.equal(lines.at(-1), '#EXT-X-ENDLIST');
      assert.ok(!lines.includes('#EXT-X-DISCONTINUITY'));
    });
  });

  for (const protocol of ['HLS', 'DASH'] as const) {
    it(`is played by ffmpeg to the last frame (${protocol})`, async function () {
      if (!haveFfmpeg) {
        skip(this, 'no ffmpeg');
      }
      this.timeout(60_000);
      const streams = [{ name: NAME, live: false, recordedMs: 10 * MINUTE }];
      await withPast({ streams, realTime: true }, async (rig) => {
        const expected = [...(rig.simulator.streams.get(NAME)?.stored() ?? [])].slice(-30);
        const range = {
          FragmentSelectorType: 'PRODUCER_TIMESTAMP' as const,
          TimestampRange: {
            StartTimestamp: new Date(expected[0]?.ProducerTimestamp ?? 0),
            EndTimestamp: new Date(expected.at(-1)?.ProducerTimestamp ?? 0),
          },
        };
        const client = await rig.archived(NAME, 'GET_DASH_STREAMING_SESSION_URL');
        const url =
          protocol === 'HLS'
            ? await hls(rig, { PlaybackMode: 'ON_DEMAND', HLSFragmentSelector: range })
            : ((
                await client.send(
                  new GetDASHStreamingSessionURLCommand({
                    StreamName: NAME,
                    PlaybackMode: 'ON_DEMAND',
                    DASHFragmentSelector: range,
                  }),
                )
              ).DASHStreamingSessionURL ?? '');
        const frames = expected.flatMap((fragment) => demux(fragment.chunk()).blocks);
        const lengthMs = expected.reduce((sum, { durationMs }) => sum + durationMs, 0);
        const found = await probe(url);
        const [video = 0, audio = 0] = [1, 2].map(
          (track) => frames.filter((frame) => frame.track === track).length,
        );
        assert.equal(found.video, video);
        // ffmpeg's DASH reader leaves out a last frame of sound that runs on past the end.
        assert.ok(found.audio === audio || (protocol === 'DASH' && found.audio === audio - 1));
        assert.ok(Math.abs(found.seconds - lengthMs / 1000) < 0.2, `${found.seconds} s of ${lengthMs} ms`);
      });
    });
  }

  it('shows the newest fragments while it is live, and nothing after 30 s of silence', async () => {
    const streams = [{ name: NAME, recordedMs: 10 * MINUTE }];
    await withPast({ streams, listDelayMs: 0 }, async (rig) => {
      await rig.clock.advance(20_000);
      const url = await hls(rig, { PlaybackMode: 'LIVE' });
      const before = await mediaPlaylist(url);
      assert.equal(fragmentsIn(before.lines).length, 5);
      assert.ok(before.lines.includes('#EXT-X-DISCONTINUITY'), 'the default with server time');
      await rig.clock.advance(4000);
      const after = fragmentsIn((await mediaPlaylist(url)).lines);
      assert.deepEqual(after.slice(0, 3), fragmentsIn(before.lines).slice(2));
      rig.simulator.streams.get(NAME)?.pauseProducer();
      await rig.clock.advance(40_000);
      assert.equal((await fetchOnce(before.url)).status, 404);
      const { name, statusCode, message } = await failure(hls(rig, { PlaybackMode: 'LIVE' }));
      assert.deepEqual(
        [name, statusCode, message],
        ['ResourceNotFoundException', 404, 'No fragments found in the stream for the HLS streaming request.'],
      );
    });
  });

  it('replays from a time on at the pace of the recording', async () => {
    await withPast({}, async (rig) => {
      const { FragmentSelectorType, TimestampRange } = lastMinute(rig);
      const url = await hls(rig, {
        PlaybackMode: 'LIVE_REPLAY',
        HLSFragmentSelector: {
          FragmentSelectorType,
          TimestampRange: { StartTimestamp: TimestampRange.StartTimestamp },
        },
      });
      const before = fragmentsIn((await mediaPlaylist(url)).lines);
      await rig.clock.advance(30_000);
      const { lines } = await mediaPlaylist(url);
      assert.equal(fragmentsIn(lines).length, 5);
      assert.ok(!fragmentsIn(lines).some((number) => before.includes(number)));
      assert.ok(!lines.includes('#EXT-X-ENDLIST'));
    });
  });

  it('ends when its time is over: the service’s 403 with its words', async () => {
    await withPast({}, async (rig) => {
      const { url } = await mediaPlaylist(await onDemand(rig));
      await rig.clock.advance(300_000);
      const expired = await fetchOnce(url);
      assert.equal(expired.status, 403);
      assert.deepEqual(await expired.json(), { Message: 'Streaming session token expired' });
      assert.equal((await fetchOnce(url.replace(/Token=./, 'Token=_'))).status, 403);
      assert.equal((await fetchOnce(url.replace(/\?.*/, ''))).status, 403);
    });
  });

  it('answers 404 for a fragment that it does not have, and only GET', async () => {
    await withPast({}, async (rig) => {
      const { url, lines } = await mediaPlaylist(await onDemand(rig));
      const fragment = new URL(lines.findLast((line) => line.startsWith('getMP4')) ?? '', url).href;
      assert.equal((await fetchOnce(fragment)).status, 200);
      assert.equal((await fetchOnce(fragment.replace(/Number=\d+/, 'Number=1'))).status, 404);
      assert.equal((await fetchOnce(fragment, { method: 'POST' })).status, 404);
    });
  });

  it('refuses what the service refuses', async () => {
    const profile = 'amazon-connect' as const;
    const streams = [
      { name: NAME, live: false, recordedMs: 10 * MINUTE },
      { name: 'call', live: false, recordedMs: 10 * MINUTE, profile },
      { name: 'none', live: false, prefillMs: MINUTE, retentionMs: 0 },
    ];
    await withPast({ streams }, async (rig) => {
      const now = rig.clock.now();
      const range = (
        from: number,
        to: number,
        FragmentSelectorType = 'PRODUCER_TIMESTAMP' as 'SERVER_TIMESTAMP' | 'PRODUCER_TIMESTAMP',
      ) => ({
        FragmentSelectorType,
        TimestampRange: { StartTimestamp: new Date(now + from), EndTimestamp: new Date(now + to) },
      });
      const client = await rig.archived(NAME, 'GET_HLS_STREAMING_SESSION_URL');
      for (const [StreamName, HLSFragmentSelector, name, message] of [
        [
          NAME,
          range(0, MINUTE),
          'ResourceNotFoundException',
          /^No fragments found in the stream for the HLS/,
        ],
        [NAME, range(-25 * 60 * MINUTE, 0), 'InvalidArgumentException', /24 hours/],
        [NAME, range(-MINUTE, MINUTE, 'SERVER_TIMESTAMP'), 'InvalidArgumentException', /in the past/],
        [
          NAME,
          range(-80 * MINUTE, -79 * MINUTE),
          'InvalidArgumentException',
          /outside of the stream retention period/,
        ],
        [NAME, undefined, 'InvalidArgumentException', /FragmentSelector must not be null/],
        ['none', range(-MINUTE, 0), 'NoDataRetentionException', /retains no data/],
        ['missing', range(-MINUTE, 0), 'ResourceNotFoundException', /stream is not found/],
      ] as const) {
        const call = client.send(
          new GetHLSStreamingSessionURLCommand({
            StreamName,
            PlaybackMode: 'ON_DEMAND',
            HLSFragmentSelector,
          }),
        );
        const error = await failure(call);
        assert.equal(error.name, name);
        assert.match(error.message, message);
      }
    });
  });

  it('does not tell its tokens in the record of calls', async () => {
    const lines: string[] = [];
    await withPast({ log: (line) => lines.push(line) }, async (rig) => {
      const { url } = await mediaPlaylist(await onDemand(rig));
      const token = new URL(url).searchParams.get('SessionToken') ?? '';
      const record = JSON.stringify([rig.simulator.stats.requests, lines]);
      assert.match(record, /GetHLSMediaPlaylist cam 200 OK/);
      assert.ok(!record.includes(token));
    });
  });
});
