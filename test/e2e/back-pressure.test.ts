import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { Simulator, type SimulatedStream } from '../../src/simulator';
import { loadFlow, type HelperFlow } from '../../testing/helper-flow';
import { describeTransports } from '../../testing/transports';
import { oneFragment } from './small-media';

const MB = 1024 * 1024;
const CHUNKS = 40;
/** What may have been taken from the socket beyond the messages that are out. */
const SLACK = 4 * MB;

describeTransports('back-pressure on a server that offers more than the flow acknowledges', (transport) => {
  const simulator = new Simulator({ callsPerSecond: 1_000 });
  const sockets: Socket[] = [];
  const collect = (message: unknown): void => {
    sockets.push((message as { socket: Socket }).socket);
  };
  const taken = (): number => sockets.reduce((sum, { bytesRead }) => sum + bytesRead, 0);
  let stream: SimulatedStream;
  let flow: HelperFlow | undefined;

  before(async () => {
    process.env['KVS_MEDIA_TRANSPORT'] = transport;
    stream = simulator.addStream({ name: 'large', source: 'none' });
    for (let chunk = 0; chunk < CHUNKS; chunk++) {
      stream.ingest(oneFragment(Buffer.alloc(MB, chunk + 1)));
    }
    await simulator.start();
  });
  beforeEach(() => {
    sockets.length = 0;
    subscribe('net.client.socket', collect);
  });
  afterEach(async () => {
    unsubscribe('net.client.socket', collect);
    await flow?.unload();
    flow = undefined;
  });
  after(async () => {
    delete process.env['KVS_MEDIA_TRANSPORT'];
    await simulator.stop();
  });

  for (const emit of ['chunk', 'frame']) {
    for (const maxInFlight of [1, 4]) {
      it(`takes no more than what is out and 4 MB: emit "${emit}", ${maxInFlight} in flight`, async () => {
        const { media, input } = (flow = await loadFlow({
          endpoint: simulator.endpoint,
          stream: stream.name,
          properties: { startSelectorType: 'EARLIEST', resume: false, emit, maxInFlight },
        }));
        for (let acknowledged = 0; acknowledged + maxInFlight <= CHUNKS; acknowledged++) {
          await media.count(acknowledged + maxInFlight);
          // Had reading gone on after the first chunks, all that the server has would be here by now.
          assert.ok(taken() <= (acknowledged + maxInFlight) * 1.001 * MB + SLACK);
          assert.equal(media.all.length, acknowledged + maxInFlight);
          input({ ...media.all[acknowledged], action: 'ack' });
        }
        assert.ok(taken() > (CHUNKS - 1) * MB, 'the sockets counted are those of GetMedia');
        assert.deepEqual(
          media.all.map(({ kvs }) => kvs.FragmentNumber),
          stream.fragments.slice(0, media.all.length).map(({ FragmentNumber }) => FragmentNumber),
        );
      });
    }
  }
});
