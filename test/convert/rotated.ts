/** A camera of 720x576 pixels that are not square, which hangs on its side. */
import { createConverter } from '../../src/convert';
import { ID, element, float, trackEntry, uint } from '../../testing/matroska-writer';
import { convertAll } from './converted';
import { smallChunk } from './small-streams';
import { ffmpeg } from './streams';

const STEP_MS = 200;

/** 2 s in one chunk, all key frames. To be shown at 768x576 and then turned to the right. */
export function rotatedCamera(): Buffer {
  const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=720x576:rate=5:duration=2', '-vf', 'setsar=16/15'];
  const file = ffmpeg([
    ...picture,
    '-c:v',
    'libx264',
    '-g',
    '1',
    '-pix_fmt',
    'yuv420p',
    '-f',
    'matroska',
    '-',
  ]);
  const keyFrames = convertAll([file], createConverter('jpeg', { tracks: [], intervalMs: 0 })).media;
  return smallChunk({
    number: 1,
    at: 0,
    tracks: [
      trackEntry(
        1,
        uint(ID.TrackType, 1),
        element(ID.CodecID, 'V_MPEG4/ISO/AVC'),
        element(
          ID.Video,
          uint(ID.PixelWidth, 720),
          uint(ID.PixelHeight, 576),
          element(ID.Projection, float(ID.ProjectionPoseRoll, -90)),
        ),
      ),
    ],
    blocks: keyFrames.map(({ data }, i) => ({ time: i * STEP_MS, data, key: true })),
  });
}
