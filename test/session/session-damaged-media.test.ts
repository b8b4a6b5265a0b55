import assert from 'node:assert/strict';
import type { SessionOptions } from '../../src/session';
import { selected } from '../../testing/scripted-service';
import type { SessionRig } from '../../testing/session-rig';
import { CHUNKS, NUMBERS, after, bytesOf, startedRig, stopRig } from './started-rig';

describe('a session to which media come damaged', () => {
  let rig: SessionRig;
  const started = async (options?: Partial<SessionOptions>) => (rig = await startedRig(options));
  afterEach(() => {
    stopRig(rig);
  });

  describe('when a chunk arrives truncated', () => {
    it('fetches it again, and gives it up after three times in a row with a message', async () => {
      const { service, clock } = await started();
      for (let i = 0; i < 3; i++) {
        const response = service.last.open();
        await rig.settle();
        response.push((CHUNKS[0]?.bytes ?? Buffer.alloc(0)).subarray(0, -20));
        response.end();
        await rig.settle();
        await clock.advance(clock.nextInMs ?? 0);
        await rig.settle();
      }
      assert.deepEqual(
        rig.errors.map(({ ErrorType, action, FragmentNumber }) => ({ ErrorType, action, FragmentNumber })),
        [{ ErrorType: 'TruncatedChunk', action: 'skip', FragmentNumber: NUMBERS[0] }],
      );
      assert.deepEqual(service.last.selector, {
        StartSelectorType: 'FRAGMENT_NUMBER',
        AfterFragmentNumber: NUMBERS[0],
      });
      const response = service.last.open();
      await rig.settle();
      response.push(bytesOf(CHUNKS.slice(1, 2)));
      assert.deepEqual(rig.numbers, NUMBERS.slice(1, 2));
    });

    it('does not send the chunk after it first, even in the same response', async () => {
      const { service } = await started();
      const response = service.last.open();
      await rig.settle();
      const first = CHUNKS[0]?.bytes ?? Buffer.alloc(0);
      const closingTags = first.lastIndexOf(Buffer.from('1254c367', 'hex'));
      response.push(Buffer.concat([first.subarray(0, closingTags), bytesOf(CHUNKS.slice(1, 2))]));
      await rig.settle();
      assert.deepEqual(rig.numbers, []);
      assert.equal(response.closed, true);
      assert.equal(service.calls.length, 2);
    });

    it('comes back to the very chunk where reading had begun at NOW', async () => {
      const { service } = await started({ startSelector: { StartSelectorType: 'NOW' } });
      const response = service.last.open();
      await rig.settle();
      response.push((CHUNKS[3]?.bytes ?? Buffer.alloc(0)).subarray(0, -20));
      response.breakOff();
      await rig.clock.advance(30_000);
      await rig.settle();
      assert.deepEqual(service.last.selector, {
        StartSelectorType: 'SERVER_TIMESTAMP',
        StartTimestamp: CHUNKS[3]?.ServerTimestamp,
      });
      const again = service.last.open();
      await rig.settle();
      again.push(bytesOf(CHUNKS.slice(2, 5)));
      assert.deepEqual(rig.numbers, NUMBERS.slice(3, 5), 'the chunk before the first one seen is not wanted');
    });
  });

  describe('when rubbish comes', () => {
    it('fetches again twice, then skips it with a message', async () => {
      const { service, clock } = await started();
      const rubbish = Buffer.from('<html>no media here</html>');
      for (let i = 0; i < 3; i++) {
        const response = service.last.open();
        await rig.settle();
        response.push(Buffer.concat([bytesOf(CHUNKS.slice(0, 1)), rubbish, bytesOf(CHUNKS.slice(1, 2))]));
        await rig.settle();
        if (i < 2) {
          await clock.advance(clock.nextInMs ?? 0);
          await rig.settle();
        }
      }
      assert.deepEqual(rig.numbers, NUMBERS.slice(0, 2));
      assert.deepEqual(
        rig.errors.map(({ ErrorType, action }) => [ErrorType, action]),
        [
          ['MalformedMedia', 'retry'],
          ['MalformedMedia', 'retry'],
          ['MalformedMedia', 'skip'],
        ],
      );
    });

    it('loses no chunk that breaks off after rubbish that was skipped', async () => {
      const { service, clock } = await started();
      const rubbish = Buffer.from('<html>no media here</html>');
      const [first, second] = CHUNKS;
      for (let i = 0; i < 3; i++) {
        const response = service.last.open();
        await rig.settle();
        const held = selected(CHUNKS, service.last.selector);
        const part = held[0] === first ? first?.bytes : undefined;
        response.push(Buffer.concat([part ?? Buffer.alloc(0), rubbish]));
        if (i === 2) {
          response.push((second?.bytes ?? Buffer.alloc(0)).subarray(0, -100));
          response.breakOff();
        }
        await rig.settle();
        await clock.advance(clock.nextInMs ?? 0);
        await rig.settle();
      }
      assert.deepEqual(service.last.selector, after(0));
      const response = service.last.open();
      await rig.settle();
      response.push(bytesOf(CHUNKS.slice(1)));
      assert.deepEqual(rig.numbers, NUMBERS);
    });

    it('names the chunk that it gives up', async () => {
      const { service, clock } = await started();
      const damaged = Buffer.from(CHUNKS[0]?.bytes ?? []);
      // In the middle of the media, where no element can begin.
      damaged.fill(0, Math.floor(damaged.length / 2));
      for (let i = 0; i < 3; i++) {
        const response = service.last.open();
        await rig.settle();
        response.push(Buffer.concat([damaged, bytesOf(CHUNKS.slice(1, 3))]));
        await rig.settle();
        if (i < 2) {
          await clock.advance(clock.nextInMs ?? 0);
          await rig.settle();
        }
      }
      assert.deepEqual(
        rig.errors.map(({ ErrorType, action, FragmentNumber }) => [ErrorType, action, FragmentNumber]),
        ['retry', 'retry', 'skip'].map((action) => ['MalformedMedia', action, NUMBERS[0]]),
      );
      assert.deepEqual(rig.numbers, NUMBERS.slice(1, 3));
    });

    it('loses no chunk in which something claims a size that no fragment can have', async () => {
      const { service, clock } = await started();
      const bytes = CHUNKS[0]?.bytes ?? Buffer.alloc(0);
      const closing = bytes.lastIndexOf(Buffer.from('1254c367', 'hex'));
      const damaged = Buffer.from(bytes);
      // A Void element of 128 MiB in place of the closing tags.
      damaged.set([0xec, 0x18, 0x00, 0x00, 0x00], closing);
      const response = service.last.open();
      await rig.settle();
      response.push(damaged);
      await rig.settle();
      assert.deepEqual(
        rig.errors.map(({ ErrorType, action }) => [ErrorType, action]),
        [['ChunkTooLarge', 'retry']],
      );
      await clock.advance(clock.nextInMs ?? 0);
      await rig.settle();
      const again = service.last.open();
      await rig.settle();
      again.push(bytesOf(CHUNKS));
      assert.deepEqual(rig.numbers, NUMBERS);
    });

    it('loses no chunk whose beginning was hit only once', async () => {
      const { service, clock } = await started();
      const response = service.last.open();
      await rig.settle();
      const damaged = bytesOf(CHUNKS.slice(0, 3));
      damaged.fill(0, (CHUNKS[0]?.bytes.length ?? 0) + 2, (CHUNKS[0]?.bytes.length ?? 0) + 30);
      response.push(damaged);
      await clock.advance(clock.nextInMs ?? 0);
      await rig.settle();
      const again = service.last.open();
      await rig.settle();
      again.push(bytesOf(selected(CHUNKS, service.last.selector)));
      assert.deepEqual(rig.numbers, NUMBERS);
    });
  });
});
