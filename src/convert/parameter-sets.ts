import type { Packing } from './nal-units';

/** What the codec private data of a track says. */
export interface ParameterSets {
  readonly nals: readonly Buffer[];
  /** How frames are packed according to it, which need not be true. */
  readonly packing: Packing;
}

/** What a decoder has to be told of a video track, in the forms that containers want. */
export interface VideoConfiguration {
  readonly kind: VideoKind;
  /** `avcC` or `hvcC`, for lengths of 4 bytes. */
  readonly record: Buffer;
  readonly boxes: { readonly entry: 'avc1' | 'hvc1'; readonly record: 'avcC' | 'hvcC' };
  readonly matroskaCodecId: string;
  /** Of the elementary stream. */
  readonly mimeType: string;
  /** As RFC 6381 writes it. */
  readonly codec: string;
  /** In the order in which a stream has them. */
  readonly sets: readonly Buffer[];
  readonly width: number;
  readonly height: number;
  /** As the stream declares it. */
  readonly framesPerSecond?: number;
}

/** What differs between H.264 and H.265. */
export interface VideoKind {
  readonly name: 'H.264' | 'H.265';
  typeOf(firstByte: number): number;
  isParameterSet(type: number): boolean;
  /** Of a picture that decoding can begin at. */
  isKey(type: number): boolean;
  isDelimiter(type: number): boolean;
  /** Sets with the same key replace one another. Throws `ConversionError`. */
  keyOfSet(nal: Buffer): string;
  /** Throws `ConversionError`. */
  parsePrivate(data: Buffer): ParameterSets;
  /** Undefined while a set is missing. Throws `ConversionError`. */
  configure(nals: readonly Buffer[]): VideoConfiguration | undefined;
}
