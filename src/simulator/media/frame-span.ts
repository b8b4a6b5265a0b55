/** How far apart the first and the last frame of a chunk begin, which is the length that ListFragments tells. */
import { blockHeadAt } from './block';
import { childOf, children, elementAt, elements, unsignedOf, type Element } from './ebml-reader';
import { ID } from './element-ids';
import { DEFAULT_TIMECODE_SCALE, timecodeScaleOf } from './timecode-scale';

/** ms from the first frame's start to the last one's, over all tracks; 0 for fewer than two frames. */
export function frameSpanMs(chunk: Buffer): number {
  const ebml = elementAt(chunk, 0, chunk.length);
  const segment = ebml && elementAt(chunk, ebml.end, chunk.length);
  if (segment === undefined) {
    return 0;
  }
  let first = Infinity;
  let last = -Infinity;
  let scale = DEFAULT_TIMECODE_SCALE;
  for (const item of children(chunk, segment)) {
    if (item.id === ID.Info) {
      scale = timecodeScaleOf(chunk, item) ?? scale;
    } else if (item.id === ID.Cluster) {
      for (const ticks of clusterTicks(chunk, item)) {
        first = Math.min(first, ticks);
        last = Math.max(last, ticks);
      }
    }
  }
  return last < first ? 0 : Math.round(((last - first) * scale) / 1e6);
}

/** The time of each block, in ticks. */
function* clusterTicks(chunk: Buffer, cluster: Element): Generator<number> {
  let base = 0;
  for (const item of elements(chunk, cluster.data, Math.min(cluster.end, chunk.length))) {
    const block = item.id === ID.BlockGroup ? childOf(chunk, item, ID.Block) : item;
    if (item.id === ID.Timecode) {
      base = unsignedOf(chunk, item);
    } else if (block !== undefined && (item.id === ID.SimpleBlock || item.id === ID.BlockGroup)) {
      const head = blockHeadAt(chunk, block.data, block.end);
      if (head !== undefined) {
        yield base + head.ticks;
      }
    }
  }
}
