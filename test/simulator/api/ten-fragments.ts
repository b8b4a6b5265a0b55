/** What the tests of GetMedia share: a stream of ten fragments, and the numbers of fragments. */
import assert from 'node:assert/strict';
import type { Fragment, SimulatedStream } from '../../../src/simulator';
import type { Rig } from '../rig';
import { withSimulator } from '../rig';

export const numberOf = (fragment: Fragment | undefined) => fragment?.FragmentNumber ?? 'none';

/** Ten fragments of the sample, made by hand, one every two seconds; nothing live. */
export async function withTen(
  test: (rig: Rig, stream: SimulatedStream, numbers: string[]) => Promise<void>,
  options: Parameters<typeof withSimulator>[0] = {},
): Promise<void> {
  await withSimulator({ ...options, streams: [{ name: 'a', live: false }] }, async (rig) => {
    const stream = rig.simulator.streams.get('a');
    assert.ok(stream);
    for (let count = 0; count < 10; count++) {
      stream.produce();
      await rig.clock.advance(2000);
    }
    await test(rig, stream, stream.fragments.map(numberOf));
  });
}
