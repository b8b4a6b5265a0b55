import assert from 'node:assert/strict';
import { SessionRig, makeChunks } from '../../testing/session-rig';
import { english } from '../../testing/texts';

const chunks = makeChunks(4);

describe('a stream without media', () => {
  let rig: SessionRig;

  const open = async (options: ConstructorParameters<typeof SessionRig>[0] = {}): Promise<void> => {
    rig = new SessionRig({ silentMs: 60_000, stallTimeoutMs: 3_600_000, ...options });
    await rig.start();
  };
  const silences = (): unknown[][] =>
    rig.errors
      .filter(({ ErrorType }) => ErrorType === 'StreamSilent')
      .map(({ statements, action, silentMs }) => [english.sentences(statements), action, silentMs]);
  const SILENT =
    'Stream "demo" has had no media for 1 min. Check whether the camera, or whatever else sends to the stream, is on and connected.';

  it('is reported once, also where none ever came, and once more when media flow', async () => {
    await open();
    const response = rig.service.last.open();
    await rig.settle();
    await rig.clock.advance(59_999);
    assert.deepEqual(silences(), []);
    await rig.clock.advance(600_001);
    assert.deepEqual(silences(), [[SILENT, 'ignore', undefined]]);
    response.push(chunks[0]?.bytes ?? Buffer.alloc(0));
    await rig.settle();
    assert.deepEqual(silences().slice(1), [
      ['Stream "demo" has media again after 11 min without media.', 'ignore', 660_000],
    ]);
    await rig.clock.advance(59_000);
    assert.equal(silences().length, 2);
    await rig.clock.advance(1_000);
    assert.equal(silences().length, 3, 'a new silence');
    rig.session.stop();
    assert.equal(rig.clock.pending, 0);
  });

  it('is reported while the session waits and asks again, whatever it is sent that is not new', async () => {
    await open();
    rig.service.last.open().push(chunks[0]?.bytes ?? Buffer.alloc(0));
    await rig.settle();
    await rig.clock.advance(30_000);
    for (let i = 0; i < 3; i++) {
      const response = rig.service.last.open();
      await rig.settle();
      response.push(chunks[0]?.bytes ?? Buffer.alloc(0));
      await rig.settle();
      response.end();
      await rig.clock.advance(10_000);
    }
    assert.equal(silences().length, 1);
    rig.session.stop();
  });

  it('is not taken for silent when the process is blocked for longer, and media wait', async () => {
    await open();
    const response = rig.service.last.open();
    await rig.settle();
    rig.clock.block(120_000);
    await rig.clock.advance(1);
    response.push(chunks[0]?.bytes ?? Buffer.alloc(0));
    await rig.clock.advance(59_000);
    assert.deepEqual(silences(), []);
    await rig.clock.advance(1_000);
    assert.equal(silences().length, 1);
    rig.session.stop();
    assert.equal(rig.clock.pending, 0);
  });

  it('is reported while the service cannot be reached', async () => {
    await open();
    rig.service.last.fail(new Error('no network'));
    await rig.clock.advance(60_000);
    assert.equal(silences().length, 1);
    rig.session.stop();
    assert.equal(rig.clock.pending, 0);
  });

  it('is not taken for silent while a long fragment arrives', async () => {
    await open();
    const response = rig.service.last.open();
    await rig.settle();
    const { bytes } = chunks[0] ?? { bytes: Buffer.alloc(0) };
    const pieces = 10;
    for (let i = 0; i < pieces; i++) {
      response.push(bytes.subarray((bytes.length * i) / pieces, (bytes.length * (i + 1)) / pieces));
      await rig.settle();
      await rig.clock.advance(50_000);
    }
    assert.deepEqual(rig.numbers, [chunks[0]?.FragmentNumber]);
    assert.deepEqual(silences(), []);
    rig.session.stop();
  });

  it('is not taken for silent while it is paused; the time begins anew then', async () => {
    await open();
    rig.service.last.open();
    await rig.settle();
    await rig.clock.advance(50_000);
    rig.session.pause();
    await rig.clock.advance(3_000_000);
    assert.deepEqual(silences(), []);
    rig.session.resume();
    await rig.clock.advance(59_000);
    assert.deepEqual(silences(), []);
    await rig.clock.advance(61_000);
    assert.equal(silences().length, 1);
    rig.session.stop();
    assert.equal(rig.clock.pending, 0);
  });

  it('is not taken for silent while acknowledgements are missing', async () => {
    await open({ maxInFlight: 1, ackTimeoutMs: 3_600_000 });
    rig.service.last.open().push(chunks[0]?.bytes ?? Buffer.alloc(0));
    await rig.settle();
    await rig.clock.advance(600_000);
    assert.equal(rig.stateName(), 'draining');
    assert.deepEqual(silences(), []);
    rig.session.stop();
  });

  it('is nobody’s business where the setting is off', async () => {
    await open({ silentMs: 0 });
    rig.service.last.open();
    await rig.settle();
    await rig.clock.advance(1_200_000);
    assert.deepEqual(silences(), []);
    rig.session.stop();
  });
});
