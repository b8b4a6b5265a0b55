/**
 * How long a chunk message takes from the moment its closing tags are handed to the socket until it leaves the node,
 * with no next chunk in sight: each is produced only when the one before has arrived.
 *
 * npx tsx bench/latency.ts [chunks]
 */
import { Simulator } from '../src/simulator';
import { loadFlow } from '../test/support/helper-flow';

const count = Number(process.argv[2] ?? 200);

async function main(): Promise<void> {
  const simulator = new Simulator({ idleEndMs: 60_000 });
  const stream = simulator.addStream({ name: 'demo', live: false, profile: 'aws-sdk' });
  await simulator.start();
  let sentAt = 0;
  simulator.on('chunkSent', ({ at }) => {
    sentAt = at;
  });
  stream.produce(1);
  const { media, unload } = await loadFlow({
    endpoint: simulator.endpoint,
    properties: { startSelectorType: 'EARLIEST' },
  });
  await media.count(1);
  const latencies: number[] = [];
  for (let i = 0; i < count; i++) {
    const next = media.next();
    stream.produce(1);
    await next;
    latencies.push(performance.now() - sentAt);
  }
  await unload();
  await simulator.stop();
  latencies.sort((a, b) => a - b);
  const at = (part: number): string => (latencies[Math.floor(part * (latencies.length - 1))] ?? 0).toFixed(2);
  console.log(`${count} chunks: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`);
  process.exit();
}

void main();
