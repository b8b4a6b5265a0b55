/** What H.264 and H.265 have in common, and where they differ. */
import type { NalReader } from './nal-reader';
import type { Packing } from './nal-units';
import type { Vui } from './vui';

/** What the codec private data of a track says. */
export interface ParameterSets {
  readonly nals: readonly Buffer[];
  /** How frames are packed according to it, which need not be true. */
  readonly packing: Packing;
}

/** Decoder configuration of a video track, in the forms that containers store. */
export interface VideoConfiguration extends Vui {
  readonly kind: VideoKind;
  /** `avcC` or `hvcC`, for lengths of 4 bytes. */
  readonly record: Buffer;
  readonly boxes: { readonly entry: 'avc1' | 'hvc1'; readonly record: 'avcC' | 'hvcC' };
  readonly matroskaCodecId: string;
  /** MIME type of the elementary stream. */
  readonly mimeType: string;
  /** As RFC 6381 writes it. */
  readonly codec: string;
  /** In the order in which a stream has them. */
  readonly sets: readonly Buffer[];
  readonly width: number;
  readonly height: number;
}

/**
 * Place of a NAL unit in the access unit: `before` the slices that follow it, or `after` those that it follows. `set`,
 * `sei` and `delimiter` are `before`, too.
 */
export type NalRole = 'slice' | 'set' | 'sei' | 'delimiter' | 'before' | 'after';

/** The first values of a slice. */
export interface SliceHead {
  /** Where in the picture it begins: 0 for the first slice. */
  readonly address: number;
  /** Key of the picture parameter set that it refers to. */
  readonly pictureSet: string;
  readonly isIntra: boolean;
  /** May its picture be shown before one that is decoded earlier? */
  readonly isReordered: boolean;
}

/** What differs between H.264 and H.265. */
export interface VideoKind {
  readonly name: 'H.264' | 'H.265';
  readonly headerBytes: number;
  /** Role of the NAL unit that begins at `at`. */
  roleOf(data: Buffer, at: number): NalRole;
  /** Can decoding begin at the picture that has this slice, whatever else is said of it? */
  isKey(data: Buffer, at: number): boolean;
  /** Head of the slice between two positions, read with `reader`; undefined for one that ends too early. */
  headOf(data: Buffer, at: number, end: number, reader: NalReader): SliceHead | undefined;
  /** Sets with the same key replace one another. Throws `ConversionError`. */
  keyOfSet(nal: Buffer): string;
  /** Key of the set that a set refers to; undefined for a set that refers to none. Throws `ConversionError`. */
  referenceOf(set: Buffer): string | undefined;
  /** What a set says apart from ids: undefined for a picture parameter set. Throws `ConversionError`. */
  withoutIds(set: Buffer): string | undefined;
  /** Throws `ConversionError`. */
  parsePrivate(data: Buffer): ParameterSets;
  /** Undefined while a set is missing. Throws `ConversionError`. */
  configure(nals: readonly Buffer[]): VideoConfiguration | undefined;
}
