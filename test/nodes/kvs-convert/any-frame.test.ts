import assert from 'node:assert/strict';
import type { ConvertMessage, ImageDescription } from '../../../nodes/kvs-convert/convert-messages';
import { ConvertNode } from '../../../nodes/kvs-convert/convert-node';
import type { ConvertProperties } from '../../../src/options';
import { english } from '../../../testing/texts';
import { VirtualClock } from '../../../testing/virtual-clock';
import { needsFfmpeg, stream } from '../../convert/streams';
import { singleFrames } from '../../../testing/single-frames';
import { videoOf } from '../../pictures/films';

interface PictureMessage extends ConvertMessage {
  readonly payload: Buffer;
  readonly kvs: { readonly StreamName?: string; readonly image: ImageDescription; readonly format: object };
}

const quiet = (): void => undefined;

function rigOf(properties: ConvertProperties) {
  const clock = new VirtualClock();
  const pictures: PictureMessage[] = [];
  const errors: ConvertMessage[] = [];
  const node = new ConvertNode(
    { status: quiet, warn: quiet, log: quiet, words: english, clone: (msg) => structuredClone(msg) },
    { to: 'jpeg', anyFrame: true, ...properties },
    { clock },
  );
  const input = (msg: ConvertMessage): Promise<void> =>
    node.handle(msg, ([media, others]) => {
      pictures.push(...((media ?? []) as PictureMessage[]));
      errors.push(...(others ?? []));
    });
  const times = (): number[] => pictures.map(({ kvs }) => kvs.image.frameTime ?? NaN);
  return { node, clock, pictures, errors, input, times };
}

const typesIn = (errors: readonly ConvertMessage[]): unknown[] =>
  errors.map(({ payload }) => (payload as { ErrorType: string }).ErrorType);
const END = { complete: true, kvs: { StreamName: 'door' } };

describe('kvs-convert, pictures of any frame', function () {
  before(function () {
    needsFfmpeg(this);
  });

  it('sends a picture of each period, and says when its frame is shown', async function () {
    needsFfmpeg(this);
    const { node, input, pictures, errors, times } = rigOf({ intervalSeconds: 0.5, width: 160 });
    const chunks = stream('h264');
    for (const payload of chunks) {
      await input({ topic: 'door', payload, kvs: { StreamName: 'door', sequence: 1 } });
    }
    await input(END);
    node.close();
    assert.deepEqual(typesIn(errors), []);
    const begin = videoOf(chunks)[0]?.begin ?? 0;
    assert.deepEqual(
      times().map((time) => time - begin),
      Array.from({ length: 12 }, (_, i) => i * 500),
    );
    const [first] = pictures;
    assert.ok(first);
    const { image, format, ...kvs } = first.kvs;
    assert.equal(first.payload.readUInt16BE(0), 0xffd8);
    assert.equal(first.topic, 'door');
    assert.equal((kvs as { sequence?: number }).sequence, 1);
    const { FragmentNumber, ...rest } = image;
    assert.match(String(FragmentNumber), /^\d+$/);
    assert.deepEqual(rest, { frameTime: begin, width: 160, height: 120, mimeType: 'image/jpeg' });
    assert.deepEqual(format, {
      ...{ mimeType: 'image/jpeg', producerStart: begin, track: { number: 1 }, width: 160, height: 120 },
    });
  });

  it('makes bare pixels of single frames', async function () {
    needsFfmpeg(this);
    const { node, input, pictures, errors, times } = rigOf({
      ...{ to: 'raw', pixelFormat: 'gray', intervalSeconds: 1 },
    });
    const frames = singleFrames(stream('h264'));
    for (const [index, { data, time, keyframe, track, chunk }] of frames.entries()) {
      const frame = { track, index, timestamp: time, keyframe, discardable: false };
      await input({ topic: 'door', payload: data, kvs: { StreamName: 'door', ...chunk, frame } });
    }
    await input(END);
    node.close();
    assert.deepEqual(typesIn(errors), []);
    const begin = frames[0]?.time ?? 0;
    assert.deepEqual(
      times().map((time) => time - begin),
      [0, 1_000, 2_000, 3_000, 4_000, 5_000],
    );
    for (const { payload, kvs } of pictures) {
      const { width, height, pixelFormat } = kvs.image;
      assert.deepEqual([width, height, pixelFormat, payload.length], [320, 240, 'gray', 320 * 240]);
    }
  });

  it('waits for acknowledgements, and keeps the newest', async function () {
    needsFfmpeg(this);
    const { node, clock, input, pictures, errors, times } = rigOf({
      ...{ intervalSeconds: 0.5, width: 32, dropLate: true, maxInFlight: 1 },
    });
    const [one = Buffer.alloc(0), two = Buffer.alloc(0)] = stream('h264');
    const kvs = { StreamName: 'door' };
    await input({ payload: one, kvs });
    while (pictures.length === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    const begin = times()[0] ?? 0;
    // All that one decoder holds back comes before the next begins.
    await input({ payload: two, kvs });
    await clock.advance(2_000);
    await input({ payload: Buffer.from('no chunk'), kvs });
    assert.equal(pictures.length, 1);
    const [out] = pictures;
    await input({ ...out, action: 'ack' });
    assert.deepEqual(
      times().map((time) => time - begin),
      [0, 3_500],
    );
    await clock.advance(60_000);
    assert.deepEqual(typesIn(errors), ['MalformedMedia', 'AckTimeout']);
    await input({ payload: 'done', action: 'ack' });
    assert.equal(typesIn(errors)[2], 'InvalidInput');
    node.close();
  });

  it('refuses frames that nothing can be made of', async () => {
    const { node, input, errors } = rigOf({});
    await input({ payload: Buffer.from([1]), kvs: { frame: { index: 0 } } });
    await input({ payload: Buffer.from([1]), action: 'stop' });
    node.close();
    assert.deepEqual(typesIn(errors), ['InvalidInput', 'InvalidInput']);
    assert.match((errors[0]?.payload as { message: string }).message, /frame is not as kvs-get-media/);
  });
});

describe('kvs-convert, pictures of key frames', () => {
  it('come in the width, and as the pixels, that are asked for', async function () {
    needsFfmpeg(this);
    const { node, input, pictures, errors } = rigOf({
      ...{ to: 'raw', anyFrame: false, pixelFormat: 'bgr24', width: 80, intervalSeconds: 3 },
    });
    for (const payload of stream('h264')) {
      await input({ payload, kvs: { StreamName: 'door' } });
    }
    node.close();
    assert.deepEqual(typesIn(errors), []);
    assert.deepEqual(
      pictures.map(({ payload, kvs: { image } }) => [payload.length, image.width, image.height]),
      [
        [80 * 60 * 3, 80, 60],
        [80 * 60 * 3, 80, 60],
      ],
    );
  });
});
