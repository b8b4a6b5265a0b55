/** Reads fragmented MP4 for tests, apart from what writes it. */
import assert from 'node:assert/strict';

export interface Box {
  readonly type: string;
  readonly body: Buffer;
}

export function boxes(bytes: Buffer): Box[] {
  const found: Box[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = bytes.readUInt32BE(at);
    found.push({ type: bytes.toString('latin1', at + 4, at + 8), body: bytes.subarray(at + 8, at + size) });
    at += size;
  }
  return found;
}

/** The bodies of all boxes of a type that lie in others, by their path. */
export function find(bytes: Buffer, ...path: readonly string[]): Buffer[] {
  const [first, ...rest] = path;
  const here = boxes(bytes).filter(({ type }) => type === first);
  return here.flatMap(({ body }) => (rest.length === 0 ? [body] : find(body, ...rest)));
}

export interface Run {
  readonly trackId: number;
  readonly decodeTime: number;
  readonly samples: readonly {
    readonly duration: number;
    readonly size: number;
    readonly flags: number;
    readonly sync: boolean;
    readonly offset: number;
    readonly data: Buffer;
  }[];
}

/** The runs of samples in a piece of `moof` and `mdat`. */
export function runs(piece: Buffer): Run[] {
  return find(piece, 'moof', 'traf').map((traf) => {
    const trackId = find(traf, 'tfhd')[0]?.readUInt32BE(4) ?? 0;
    const decodeTime = Number(find(traf, 'tfdt')[0]?.readBigUInt64BE(4));
    const trun = find(traf, 'trun')[0] ?? Buffer.alloc(0);
    let dataAt = trun.readInt32BE(8);
    const samples = Array.from({ length: trun.readUInt32BE(4) }, (_, i) => {
      const at = 12 + i * 16;
      const size = trun.readUInt32BE(at + 4);
      dataAt += size;
      return {
        duration: trun.readUInt32BE(at),
        size,
        flags: trun.readUInt32BE(at + 8),
        sync: (trun.readUInt32BE(at + 8) & 0x10000) === 0,
        offset: trun.readInt32BE(at + 12),
        data: piece.subarray(dataAt - size, dataAt),
      };
    });
    return { trackId, decodeTime, samples };
  });
}

/** When a sample is shown and until when, in ticks of its track. */
export interface Shown {
  readonly from: number;
  readonly to: number;
}

/** When the samples of a track are shown, in that order; each lasts until the next within its piece. */
export function shown(pieces: readonly { readonly data: Buffer }[], trackId = 1): Shown[] {
  return pieces.flatMap(({ data }) =>
    runs(data)
      .filter((run) => run.trackId === trackId)
      .flatMap(({ decodeTime, samples }) => {
        let decode = decodeTime;
        const times = samples.map(({ duration, offset }) => {
          decode += duration;
          return { at: decode - duration + offset, duration };
        });
        times.sort((a, b) => a.at - b.at);
        const lastDuration = samples.at(-1)?.duration ?? 0;
        return times.map(({ at }, i) => ({ from: at, to: times[i + 1]?.at ?? at + lastDuration }));
      }),
  );
}

/** The pictures follow one another without a hole, from piece to piece too. */
export function assertCovered(pieces: readonly { readonly data: Buffer }[], trackId = 1): void {
  const all = shown(pieces, trackId);
  for (const [i, { from }] of all.entries()) {
    const before = all[i - 1]?.to ?? from;
    assert.ok(from <= before, `sample ${i} begins at ${from}, and the one before ends at ${before}`);
  }
}
