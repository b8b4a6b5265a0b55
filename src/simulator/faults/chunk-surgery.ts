/** Finds the places in a chunk at which faults take something out of it. */
import { ID, children, elementAt, type Element } from '../media';
import type { Fragment } from '../streams';

export function half(fragment: Fragment): number {
  return Math.floor(fragment.body.length / 2);
}

export function withoutCluster(fragment: Fragment): Buffer {
  const bytes = fragment.chunk();
  return bytes.subarray(0, level1(bytes).find(({ id }) => id === ID.Cluster)?.start ?? bytes.length);
}

function level1(bytes: Buffer): Element[] {
  const ebml = elementAt(bytes, 0, bytes.length);
  const segment = ebml && elementAt(bytes, ebml.end, bytes.length);
  return segment === undefined ? [] : [...children(bytes, segment)];
}
