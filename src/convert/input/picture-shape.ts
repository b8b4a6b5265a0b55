/** How the pictures of a track are to be shown: the shape of their pixels, their rotation and their colour. */
import type { Orientation } from '../codecs/jpeg';
import { type Colour, type PixelAspect, UNSPECIFIED_COLOUR, type Vui } from '../codecs/vui';
import type { MediaFormat } from '../types';
import { ID } from './element-ids';
import { childOf, floatOf, uintOf } from './elements';
import type { SourceTrack } from './source-track';

export interface PictureShape extends Orientation {
  /** Undefined where neither the track nor the stream says it: pixels are square then. */
  readonly pixelAspect: PixelAspect | undefined;
  /** Width of the picture as shown, before rotation, in square pixels. */
  readonly displayWidth: number;
  readonly displayHeight: number;
  /** Undefined if the track does not specify it. */
  readonly colour: Colour | undefined;
}

/** DisplayWidth and DisplayHeight are pixels, lengths or a ratio; in any of them their quotient counts. */
const LAST_KNOWN_DISPLAY_UNIT = 3;
const RECTANGULAR = 0;
const BROADCAST_RANGE = 1;
const FULL_RANGE = 2;
/** What a file can hold. */
const MAX_SIDE = 0xffff;

/** @param stream what the parameter sets say, which counts where the track says nothing */
export function pictureShape(
  track: SourceTrack,
  width: number,
  height: number,
  stream: Vui = {},
): PictureShape {
  const video = childOf(track.entry, ID.Video);
  const pixelAspect = declaredAspect(video, width, height) ?? stream.pixelAspect;
  return {
    pixelAspect,
    ...displaySize(width, height, pixelAspect),
    ...orientation(video),
    colour: colourOf(video, stream.colour),
  };
}

/** What is missing of DisplayWidth and DisplayHeight is the size in pixels, without what is cropped. */
function declaredAspect(video: Buffer | undefined, width: number, height: number): PixelAspect | undefined {
  const crop = (one: number, other: number): number =>
    (uintOf(video, one) ?? 0) + (uintOf(video, other) ?? 0);
  const shownWidth = width - crop(ID.PixelCropLeft, ID.PixelCropRight);
  const shownHeight = height - crop(ID.PixelCropTop, ID.PixelCropBottom);
  const declaredWidth = uintOf(video, ID.DisplayWidth) ?? 0;
  const declaredHeight = uintOf(video, ID.DisplayHeight) ?? 0;
  const isKnown = (uintOf(video, ID.DisplayUnit) ?? 0) <= LAST_KNOWN_DISPLAY_UNIT;
  if (!isKnown || declaredWidth + declaredHeight === 0 || shownWidth <= 0 || shownHeight <= 0) {
    return undefined;
  }
  return reduced((declaredWidth || shownWidth) * shownHeight, (declaredHeight || shownHeight) * shownWidth);
}

/** Undefined for what is no ratio that a file could hold. */
function reduced(horizontal: number, vertical: number): PixelAspect | undefined {
  const divisor = greatestDivisor(horizontal, vertical);
  const aspect = { horizontal: horizontal / divisor, vertical: vertical / divisor };
  return Number.isSafeInteger(horizontal) && Number.isSafeInteger(vertical) && fits(aspect)
    ? aspect
    : undefined;
}

function fits({ horizontal, vertical }: PixelAspect): boolean {
  return horizontal <= 0xffff_ffff && vertical <= 0xffff_ffff;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? Math.max(a, 1) : greatestDivisor(b, a % b);
}

/** The height stays, as ffmpeg has it, unless the width would become more than a file can hold. */
function displaySize(
  width: number,
  height: number,
  aspect: PixelAspect | undefined,
): { readonly displayWidth: number; readonly displayHeight: number } {
  const displayWidth =
    aspect === undefined ? width : Math.round((width * aspect.horizontal) / aspect.vertical);
  return displayWidth < 1 || displayWidth > MAX_SIDE
    ? { displayWidth: width, displayHeight: height }
    : { displayWidth, displayHeight: height };
}

/** Reads the orientation of a flat picture: its roll, counted counter-clockwise, and a yaw of 180° where it is mirrored. */
function orientation(video: Buffer | undefined): Orientation {
  const projection = childOf(video, ID.Projection);
  const yaw = floatOf(projection, ID.ProjectionPoseYaw) ?? 0;
  const pitch = floatOf(projection, ID.ProjectionPosePitch) ?? 0;
  const roll = floatOf(projection, ID.ProjectionPoseRoll) ?? 0;
  const isFlat =
    (uintOf(projection, ID.ProjectionType) ?? RECTANGULAR) === RECTANGULAR &&
    pitch === 0 &&
    (yaw === 0 || Math.abs(yaw) === 180) &&
    Number.isFinite(roll);
  return isFlat
    ? { rotation: ((-roll % 360) + 360) % 360, isMirrored: yaw !== 0 }
    : { rotation: 0, isMirrored: false };
}

/** Each value is the track's where it has one, and else the stream's. */
function colourOf(video: Buffer | undefined, stream: Colour | undefined): Colour | undefined {
  const declared = childOf(video, ID.Colour);
  const value = (id: number, fallback = UNSPECIFIED_COLOUR): number => {
    const code = uintOf(declared, id) ?? UNSPECIFIED_COLOUR;
    return code === UNSPECIFIED_COLOUR ? fallback : code;
  };
  const range = uintOf(declared, ID.Range);
  const colour = {
    primaries: value(ID.Primaries, stream?.primaries),
    transfer: value(ID.TransferCharacteristics, stream?.transfer),
    matrix: value(ID.MatrixCoefficients, stream?.matrix),
    isFullRange: range === FULL_RANGE || (range !== BROADCAST_RANGE && stream?.isFullRange === true),
  };
  const isSpecified = [colour.primaries, colour.transfer, colour.matrix].some(
    (code) => code !== UNSPECIFIED_COLOUR,
  );
  return isSpecified ? colour : undefined;
}

/** As a format names it: members are absent where the picture is shown as it is stored. */
export function shownAs(
  { displayWidth, displayHeight, rotation, isMirrored }: PictureShape,
  width: number,
  height: number,
): Pick<MediaFormat, 'displayWidth' | 'displayHeight' | 'rotation' | 'mirrored'> {
  return {
    ...(displayWidth === width && displayHeight === height ? {} : { displayWidth, displayHeight }),
    ...(rotation === 0 ? {} : { rotation }),
    ...(isMirrored ? { mirrored: true as const } : {}),
  };
}
