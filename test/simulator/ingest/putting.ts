/** What the tests of ingestion share: a stream without media, and a producer that puts or pushes some into it. */
import type { StartSelector } from '@aws-sdk/client-kinesis-video-media';
import { TestProducer, signedHeaders, type Ack } from '../producer';
import type { Rig, RigOptions } from '../rig';
import { withSimulator } from '../rig';

export const FIRST: StartSelector = { StartSelectorType: 'EARLIEST' };
export const START = 1_600_000_000;
export const RELATIVE = {
  'x-amzn-fragment-timecode-type': 'RELATIVE',
  'x-amzn-producer-start-timestamp': String(START),
};

export const pushUrl = ({ simulator }: Rig, name = 'camera') => `${simulator.endpoint}/streams/${name}`;

/** PutMedia, signed, to a stream of its own. */
export async function putMedia(
  rig: Rig,
  headers: Record<string, string> = RELATIVE,
  name = 'camera',
  signing: Parameters<typeof signedHeaders>[2] = {},
): Promise<TestProducer> {
  const url = rig.simulator.dataEndpoint;
  const all = { 'x-amzn-stream-name': name, ...headers };
  return new TestProducer(`${url}/putMedia`, await signedHeaders(url, all, signing), 'POST');
}

export const withCamera = (test: (rig: Rig) => Promise<void>, options: RigOptions = {}) =>
  withSimulator({ streams: [{ name: 'camera', source: 'none' }], ...options }, test);

/** Waits until as many fragments are retained, whole or not. */
export async function held(rig: Rig, count: number, name = 'camera'): Promise<void> {
  while ((rig.simulator.streams.get(name)?.fragments.length ?? 0) !== count) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export const numbersOf = (acks: readonly Ack[]) => acks.map(({ FragmentNumber = '' }) => FragmentNumber);
