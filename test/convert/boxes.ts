/** Reads fragmented MP4 for tests, apart from what writes it. */
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
        sync: (trun.readUInt32BE(at + 8) & 0x10000) === 0,
        offset: trun.readInt32BE(at + 12),
        data: piece.subarray(dataAt - size, dataAt),
      };
    });
    return { trackId, decodeTime, samples };
  });
}
