import assert from 'node:assert/strict';
import {
  DecoderError,
  findFfmpeg,
  AnyFrameDecoder,
  type FramePicture,
  type PictureForm,
} from '../../src/pictures';
import { needsFfmpeg, toChunks } from '../convert/streams';
import { ffmpegChildren } from './ffmpeg-children';
import { FILMS, filmOf, framesOf, md5Of, videoOf } from './films';

const RGB: PictureForm = { as: 'rgb24', width: 0, quality: 80 };

async function decoderOf(form: PictureForm, isLive: boolean) {
  const ffmpeg = (await findFfmpeg()) ?? assert.fail('no ffmpeg');
  const pictures: FramePicture<number>[] = [];
  const decoder = new AnyFrameDecoder<number>({ ffmpeg, form, isLive }, (picture) => pictures.push(picture));
  return { decoder, pictures };
}

describe('pictures of any frame', function () {
  before(function () {
    needsFfmpeg(this);
  });

  for (const name of Object.keys(FILMS)) {
    it(`have the frame's own pixels, at its own time, of ${name}`, async function () {
      needsFfmpeg(this);
      const film = filmOf(name);
      const chunks = videoOf(toChunks(film));
      assert.ok(chunks.length > 1, 'several chunks');
      const begin = chunks[0]?.begin ?? 0;
      for (const isLive of [false, true]) {
        const { decoder, pictures } = await decoderOf(RGB, isLive);
        let count = 0;
        for (const chunk of chunks) {
          const chosen = new Map<number, number>();
          for (const [index, { time }] of chunk.frames.entries()) {
            // Every frame, and where others lie between, every third of them.
            if (!isLive || count++ % 3 === 0) {
              chosen.set(index, time);
            }
          }
          await decoder.decode(chunk, chosen);
        }
        await decoder.finish();
        const expected = framesOf(film);
        const first = expected[0]?.time ?? 0;
        const known = new Map(expected.map(({ time, md5 }) => [time - first, md5]));
        assert.equal(pictures.length, isLive ? Math.ceil(expected.length / 3) : expected.length);
        for (const { item, data, width, height } of pictures) {
          assert.deepEqual([width, height, data.length], [160, 120, 160 * 120 * 3]);
          assert.equal(md5Of(data), known.get(Math.round(item - begin)), `the frame at ${item - begin} ms`);
        }
        assert.deepEqual(
          pictures.map(({ item }) => item),
          pictures.map(({ item }) => item).sort((a, b) => a - b),
        );
      }
    });
  }

  it('are JPEG, PNG or pixels, in the width that is asked for', async function () {
    needsFfmpeg(this);
    const [chunk] = videoOf(toChunks(filmOf('H.264 with B-frames')));
    assert.ok(chunk);
    const made = async (form: PictureForm): Promise<FramePicture<number>> => {
      const { decoder, pictures } = await decoderOf(form, false);
      await decoder.decode(chunk, new Map([[0, 0]]));
      await decoder.finish();
      assert.equal(pictures.length, 1);
      return pictures[0] ?? assert.fail();
    };
    const good = await made({ as: 'jpeg', width: 80, quality: 100 });
    const poor = await made({ as: 'jpeg', width: 80, quality: 1 });
    assert.deepEqual([good.width, good.height], [80, 60]);
    assert.deepEqual([good.data.readUInt16BE(0), poor.data.readUInt16BE(0)], [0xffd8, 0xffd8]);
    assert.ok(good.data.length > poor.data.length);
    assert.equal((await made({ as: 'png', width: 0, quality: 80 })).data.toString('latin1', 1, 4), 'PNG');
    assert.equal((await made({ as: 'gray', width: 80, quality: 80 })).data.length, 80 * 60);
    assert.equal((await made({ as: 'bgr24', width: 79, quality: 80 })).data.length, 79 * 59 * 3);
  });

  it('are lost with a reason where the decoder is killed, and come again from the next one', async function () {
    needsFfmpeg(this);
    if (process.platform !== 'linux') {
      this.skip();
    }
    const [chunk] = videoOf(toChunks(filmOf('H.264 without B-frames')));
    assert.ok(chunk);
    const all = new Map(chunk.frames.map((_, i) => [i, i]));
    const { decoder, pictures } = await decoderOf(RGB, false);
    for (let round = 0; round < 3; round++) {
      await decoder.decode(chunk, all);
      const children = ffmpegChildren();
      assert.equal(children.length, 1);
      for (const child of children) {
        process.kill(Number(child), 'SIGKILL');
      }
      await assert.rejects(
        decoder.finish(),
        (error) => error instanceof DecoderError && error.ErrorType === 'DecoderFailed',
      );
      pictures.length = 0;
      await decoder.decode(chunk, all);
      await decoder.finish();
      assert.deepEqual(
        pictures.map(({ item }) => item),
        [...all.keys()],
      );
    }
  });

  it('are refused with a reason where the program is none', async function () {
    const [chunk] = videoOf(toChunks(filmOf('H.264 without B-frames')));
    assert.ok(chunk);
    for (const command of [process.execPath, '/nonexistent/ffmpeg']) {
      const decoder = new AnyFrameDecoder<number>(
        { ffmpeg: { command, keepTimes: [] }, form: RGB, isLive: true },
        () => assert.fail(),
      );
      await assert.rejects(
        async () => {
          await decoder.decode(chunk, new Map([[0, 0]]));
          await decoder.finish();
        },
        (error) => error instanceof DecoderError && error.ErrorType === 'DecoderFailed',
      );
    }
  });
});
