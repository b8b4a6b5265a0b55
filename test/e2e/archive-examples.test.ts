import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertDecodes, needsFfmpeg } from '../convert/streams';
import { MqttBroker } from '../../testing/mqtt-broker';
import { useExamples } from './example-flows';

const MINUTE = 60_000;

describe('the example flows for stored media in a real Node-RED', function () {
  this.timeout(60_000);
  const examples = useExamples();
  const { simulator, deploy, press, shown, until, numbers } = examples;
  const broker = new MqttBroker();

  before(async () => {
    await broker.start();
  });
  after(async () => {
    await broker.stop();
  });

  it('10, what is stored: says where the hole is', async () => {
    simulator.addStream({
      ...{ name: 'with-a-hole', live: false, profile: 'aws-sdk' },
      ...{ recordedMs: 60 * MINUTE, recordedGaps: [{ beginsAgoMs: 5 * MINUTE, lengthMs: MINUTE }] },
    });
    await deploy('10-what-is-stored.json', { 'kvs-archive': { stream: 'with-a-hole' } });
    await press('ask');
    await until('what is stored', 1);
    assert.deepEqual(shown('errors'), []);
    const [{ payload, kvs } = { payload: [] }] = shown('what is stored');
    assert.ok((payload as unknown[]).length > 50);
    const holes = (kvs?.['gaps'] as { from: number; to: number }[]).filter(
      ({ from, to }) => to - from > MINUTE / 2,
    );
    assert.ok(holes.some(({ from, to }) => Math.abs(to - from - MINUTE) < 15_000));
  });

  it('11, back-fill after an outage: every chunk of that time, in order, with acknowledgements', async () => {
    const recorded = { live: false, profile: 'aws-sdk', recordedMs: 60 * MINUTE } as const;
    const past = simulator.addStream({ name: 'past', ...recorded });
    await deploy('11-back-fill-after-an-outage.json', { 'kvs-archive': { stream: 'past' } });
    const before = Date.now();
    await press('ask');
    await examples.collector.until(
      'the last chunk',
      () => shown('chunk').at(-1)?.kvs?.['last'] === true,
      30_000,
    );
    assert.deepEqual(shown('errors'), []);
    const times = [...past.stored()].map(({ FragmentNumber, ProducerTimestamp = 0 }) => ({
      FragmentNumber,
      ProducerTimestamp,
    }));
    const got = numbers('chunk');
    const first = times.findIndex(({ FragmentNumber }) => FragmentNumber === got[0]);
    assert.deepEqual(
      got,
      times.slice(first, first + got.length).map(({ FragmentNumber }) => FragmentNumber),
    );
    const [begin, end] = [times[first], times[first + got.length]];
    assert.ok(begin !== undefined && begin.ProducerTimestamp <= before - 3 * MINUTE + 1_000);
    assert.ok(end === undefined || end.ProducerTimestamp >= before - MINUTE);
  });

  it('13, clip on motion: a message by MQTT makes a file of the half minute around its time', async function () {
    needsFfmpeg(this);
    simulator.addStream({ name: 'porch', live: false, profile: 'aws-sdk', recordedMs: 60 * MINUTE });
    const changes = { 'kvs-archive': { stream: 'porch' }, 'mqtt-broker': { port: String(broker.port) } };
    await deploy('13-clip-on-motion.json', changes);
    await broker.subscribed('kvs/motion/demo');
    const time = Date.now() - 30 * MINUTE;
    broker.publish('kvs/motion/demo', Buffer.from(JSON.stringify({ time })));
    await until('written', 1);
    assert.deepEqual(shown('errors'), []);
    const [{ kvs, filename } = assert.fail()] = shown('written');
    const { from, to, complete } = kvs?.['clip'] as { from: number; to: number; complete: boolean };
    assert.deepEqual([from, to, complete], [time - 10_000, time + 20_000, true]);
    assert.match(String(filename), /^kvs-clips\/porch-[\dTZ-]+\.mp4$/);
    const file = join(examples.nodeRed.userDir, String(filename));
    assertDecodes(readFileSync(file));
    const seconds = execFileSync('ffprobe', [
      '-v',
      'error',
      '-show_entries',
      'format=duration',
      '-of',
      'csv=p=0',
      file,
    ]);
    assert.ok(Math.abs(Number(seconds) - 30) < 0.1, String(seconds));
    // The button is a camera that sees motion now: the clip of the past is not the last one.
    await press('motion');
    await broker.until(1);
    assert.equal(broker.published[0]?.topic, 'kvs/motion/demo');
  });

  it('14, picture at each alarm: the service gets a JPEG of the moment', async function () {
    needsFfmpeg(this);
    await deploy('14-picture-at-each-alarm.json');
    await press('alarm');
    await until('answer', 1);
    assert.deepEqual(shown('errors'), []);
    const [{ payload } = assert.fail()] = shown('answer');
    const { bytes, type } = payload as { bytes: number; type: string };
    assert.ok(bytes > 1_000);
    assert.equal(type, 'image/jpeg');
  });

  it('15, pictures of last night: one for each step of the night, named by its time', async function () {
    needsFfmpeg(this);
    simulator.addStream({ name: 'night', live: false, profile: 'aws-sdk', recordedMs: 36 * 60 * MINUTE });
    await deploy('15-pictures-of-last-night.json', {
      'kvs-archive': { stream: 'night', intervalSeconds: 2 * 60 * 60 },
    });
    await press('last night');
    await until('written', 4);
    assert.deepEqual(shown('errors'), []);
    let begin: number | undefined;
    for (const [i, { kvs, filename }] of shown('written').entries()) {
      const { at, frameTime, width } = kvs?.['image'] as { at: number; frameTime: number; width: number };
      begin ??= at;
      assert.deepEqual([new Date(begin).getHours(), at], [22, begin + i * 120 * MINUTE]);
      assert.ok(frameTime <= at && at - frameTime < 1_000);
      assert.equal(width, 640);
      const time = new Date(at).toISOString().replace(/[:.]/g, '-');
      assert.equal(filename, `kvs-pictures/night-${time}.jpg`);
      assert.equal(readFileSync(join(examples.nodeRed.userDir, filename)).readUInt16BE(0), 0xffd8);
    }
  });
});
