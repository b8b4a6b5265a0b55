import assert from 'node:assert/strict';
import type { SessionOptions } from '../../src/session';
import { tags } from '../../testing/matroska-writer';
import { SessionRig } from '../../testing/session-rig';
import { CHUNKS, NUMBERS, after, bytesOf, startedRig, stopRig } from './started-rig';

describe('a session', () => {
  let rig: SessionRig;
  const started = async (options?: Partial<SessionOptions>) => (rig = await startedRig(options));
  afterEach(() => {
    stopRig(rig);
  });

  describe('reading', () => {
    it('sends a chunk with a tag that is too large, and reports the tag once', async () => {
      const { service } = await started();
      const long = tags(['plan', 'v'.repeat(300 * 1024)]);
      const response = service.last.open();
      for (const { bytes } of CHUNKS.slice(0, 2)) {
        const at = bytes.indexOf(Buffer.from('1254c367', 'hex'));
        response.push(Buffer.concat([bytes.subarray(0, at), long, bytes.subarray(at)]));
      }
      await rig.settle();
      assert.deepEqual(rig.numbers, NUMBERS.slice(0, 2));
      assert.deepEqual(
        rig.errors.map(({ ErrorType, action }) => [ErrorType, action]),
        [['TagTooLarge', 'ignore']],
      );
      assert.match(rig.errors[0]?.message ?? '', /"plan" \(307204 bytes\)/);
    });

    it('names the first of many tags that are too large, as text that a terminal can show', async () => {
      const { service } = await started();
      const value = 'v'.repeat(300 * 1024);
      const many = Array.from({ length: 13 }, (_, i) => tags([`\u001b[2Jplan${i}`, value]));
      const bytes = CHUNKS[0]?.bytes ?? assert.fail();
      const at = bytes.indexOf(Buffer.from('1254c367', 'hex'));
      service.last.open().push(Buffer.concat([bytes.subarray(0, at), ...many, bytes.subarray(at)]));
      await rig.settle();
      const { message = '' } = rig.errors[0] ?? {};
      assert.match(message, /"\\u001b\[2Jplan9" \(\d+ bytes\), 3 more/);
      assert.doesNotMatch(message, /plan10/);
    });

    it('sends each chunk as its closing tags arrive, and moves the checkpoint', async () => {
      const { service, numbers } = await started();
      const response = service.last.open();
      await rig.settle();
      const [first, second] = CHUNKS;
      assert.ok(first !== undefined && second !== undefined);
      response.push(first.bytes.subarray(0, -1));
      assert.deepEqual(rig.numbers, numbers);
      response.push(first.bytes.subarray(-1));
      assert.deepEqual(rig.numbers, NUMBERS.slice(0, 1));
      assert.deepEqual(rig.checkpoints, [
        {
          FragmentNumber: first.FragmentNumber,
          ContinuationToken: first.FragmentNumber,
          ServerTimestamp: first.ServerTimestamp,
        },
      ]);
      assert.ok(rig.chunks[0]?.data.equals(first.bytes));
    });

    it('drops what it has had', async () => {
      const { service } = await started();
      const response = service.last.open();
      await rig.settle();
      response.push(bytesOf([...CHUNKS.slice(0, 2), ...CHUNKS.slice(0, 3)]));
      assert.deepEqual(rig.numbers, NUMBERS.slice(0, 3));
    });

    it('continues after a given position', async () => {
      const FragmentNumber = NUMBERS[1] ?? '';
      const { service } = await started({ position: { FragmentNumber, ContinuationToken: FragmentNumber } });
      assert.deepEqual(service.last.selector, after(1));
    });

    it('takes no chunk without a cluster for media', async () => {
      const { service } = await started();
      const response = service.last.open();
      await rig.settle();
      const [first] = CHUNKS;
      assert.ok(first !== undefined);
      const cluster = first.bytes.indexOf(Buffer.from('1f43b675', 'hex'));
      response.push(Buffer.concat([first.bytes.subarray(0, cluster), bytesOf(CHUNKS.slice(1, 2))]));
      assert.deepEqual(rig.numbers, NUMBERS.slice(1, 2));
      assert.deepEqual(rig.errors, []);
    });
  });

  describe('with acknowledgements', () => {
    it('stops reading at the limit, in the middle of a slice too, and sends nothing twice', async () => {
      const { service } = await started({ maxInFlight: 2 });
      const response = service.last.open();
      await rig.settle();
      response.push(bytesOf(CHUNKS), Number.MAX_SAFE_INTEGER);
      assert.deepEqual(rig.numbers, NUMBERS.slice(0, 2));
      assert.equal(response.paused, true);
      for (const number of NUMBERS) {
        assert.equal(rig.session.acknowledge(number), true);
      }
      assert.deepEqual(rig.numbers, NUMBERS);
      assert.equal(response.paused, false);
      assert.equal(rig.checkpoints.at(-1)?.FragmentNumber, NUMBERS.at(-1));
    });

    it('goes on from where it was when the service gives up meanwhile', async () => {
      const { service } = await started({ maxInFlight: 1 });
      const response = service.last.open();
      await rig.settle();
      response.push(bytesOf(CHUNKS.slice(0, 2)), Number.MAX_SAFE_INTEGER);
      response.paused = false;
      response.breakOff();
      await rig.settle();
      assert.deepEqual(rig.errors, []);
      assert.equal(service.calls.length, 1);
      rig.session.acknowledge(NUMBERS[0] ?? '');
      rig.session.acknowledge(NUMBERS[1] ?? '');
      await rig.settle();
      assert.deepEqual(service.last.selector, after(1));
      assert.deepEqual(rig.numbers, NUMBERS.slice(0, 2));
    });

    it('names each overdue message once and goes on holding', async () => {
      const { service, clock } = await started({ maxInFlight: 1, ackTimeoutMs: 1_000 });
      const response = service.last.open();
      await rig.settle();
      response.push(bytesOf(CHUNKS.slice(0, 2)));
      await clock.advance(10_000);
      assert.deepEqual(
        rig.errors.map(({ ErrorType, operation, action, FragmentNumber }) => [
          ErrorType,
          operation,
          action,
          FragmentNumber,
        ]),
        [['AckTimeout', 'Input', 'ignore', NUMBERS[0]]],
      );
      assert.equal(rig.numbers.length, 1);
    });

    it('knows an acknowledgement of what was never sent', async () => {
      await started({ maxInFlight: 1 });
      assert.equal(rig.session.acknowledge('123'), false);
    });
  });

  describe('told to pause', () => {
    for (const when of ['resolving', 'connecting', 'streaming', 'waiting'] as const) {
      it(`while ${when}: holds still, and goes on when told`, async () => {
        rig = new SessionRig();
        rig.session.start();
        if (when !== 'resolving') {
          await rig.settle();
        }
        if (when === 'streaming' || when === 'waiting') {
          const response = rig.service.last.open();
          await rig.settle();
          if (when === 'waiting') {
            response.end();
          }
        }
        assert.equal(rig.stateName(), when);
        rig.session.pause();
        await rig.clock.advance(3_600_000);
        const calls = rig.service.calls.length;
        assert.equal(rig.stateName(), 'paused');
        rig.session.resume();
        await rig.settle();
        const response = when === 'streaming' ? undefined : rig.service.last.open();
        await rig.settle();
        assert.equal(rig.service.calls.length, when === 'streaming' ? calls : calls + 1);
        response?.push(bytesOf(CHUNKS.slice(0, 1)));
        assert.equal(rig.stateName(), 'streaming');
      });
    }
  });

  describe('told to stop', () => {
    it('says nothing more and frees the connection, in mid-chunk', async () => {
      const { service } = await started();
      const response = service.last.open();
      await rig.settle();
      response.push((CHUNKS[0]?.bytes ?? Buffer.alloc(0)).subarray(0, 1_000));
      rig.session.stop();
      const said = rig.states.length;
      response.push(bytesOf(CHUNKS.slice(1)));
      response.end();
      assert.equal(response.closed, true);
      assert.equal(rig.states.length, said);
      assert.deepEqual(rig.chunks, []);
    });

    it('aborts a call under way and closes a response that comes too late', async () => {
      const { service } = await started();
      const call = service.last;
      rig.session.stop();
      assert.equal(call.signal.aborted, true);
      const response = call.open();
      await rig.settle();
      assert.equal(response.closed, true);
      assert.equal(rig.session.state.name, 'stopped');
    });
  });
});
