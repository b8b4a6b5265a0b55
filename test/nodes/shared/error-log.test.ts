import assert from 'node:assert/strict';
import { ErrorLog } from '../../../nodes/shared/error-log';
import { VirtualClock } from '../../../testing/virtual-clock';

const MINUTE = 60_000;

describe('the log of a node', () => {
  let clock: VirtualClock;
  let lines: string[];
  let log: ErrorLog;

  beforeEach(() => {
    clock = new VirtualClock();
    lines = [];
    const line = (text: string): void => {
      lines.push(text);
    };
    log = new ErrorLog({ warn: line, log: line }, clock);
  });
  afterEach(() => {
    log.close();
    assert.equal(clock.pending, 0, 'no timer is left');
  });

  const recovered = (): void => {
    log.recovered((trouble) => `Stream "door" is being read again after ${trouble}.`);
  };
  const retry = (ErrorType: string, message = `${ErrorType} happened.`): void => {
    log.report({ ErrorType, message, action: 'retry' });
  };
  const skip = (ErrorType: string, message = `${ErrorType} happened.`): void => {
    log.report({ ErrorType, message, action: 'skip' });
  };

  it('has a line when an error begins and one when the stream is being read again, whatever the tries between', () => {
    retry('NetworkError');
    retry('NetworkError');
    retry('NetworkError');
    recovered();
    recovered();
    assert.deepEqual(lines, [
      'NetworkError happened.',
      'Stream "door" is being read again after NetworkError.',
    ]);
  });

  it('has a line when another error takes the place of the first', () => {
    retry('NetworkError');
    retry('AccessDeniedException');
    recovered();
    assert.deepEqual(lines, [
      'NetworkError happened.',
      'AccessDeniedException happened.',
      'Stream "door" is being read again after AccessDeniedException.',
    ]);
  });

  it('of a connection that breaks after each chunk for a day has some hundred lines, and every break is counted', async () => {
    const breaks = (24 * 60 * MINUTE) / 500;
    for (let i = 0; i < breaks; i++) {
      retry('NetworkError', `The connection was lost, for the ${i}th time.`);
      await clock.advance(250);
      recovered();
      await clock.advance(250);
    }
    log.close();
    assert.ok(lines.length < 600, String(lines.length));
    assert.ok(lines.join('\n').length < 100_000, String(lines.join('\n').length));
    const counted = lines.map((line) => Number(/has come (\d+) more times/.exec(line)?.[1] ?? 0));
    assert.equal(
      counted.reduce((sum, count) => sum + count, 1),
      breaks,
    );
  }).timeout(60_000);

  it('holds back each error by itself, and forgets one that stays away', async () => {
    skip('TruncatedChunk');
    skip('MalformedMedia');
    skip('TruncatedChunk', 'TruncatedChunk happened again.');
    await clock.advance(5 * MINUTE);
    assert.deepEqual(lines, [
      'TruncatedChunk happened.',
      'MalformedMedia happened.',
      'TruncatedChunk has come once more since the last line about it. The last: TruncatedChunk happened again.',
    ]);
    await clock.advance(5 * MINUTE);
    assert.equal(clock.pending, 0);
    skip('TruncatedChunk');
    assert.equal(lines.length, 4);
  });

  it('says the end of an error whose beginning was held back only where it has reported it since', async () => {
    retry('NetworkError');
    recovered();
    retry('NetworkError');
    recovered();
    assert.equal(lines.length, 2);
    retry('NetworkError');
    await clock.advance(5 * MINUTE);
    assert.match(lines[2] ?? '', /2 more times/);
    recovered();
    assert.equal(lines[3], 'Stream "door" is being read again after NetworkError.');
  });

  it('stays short however many names the errors have', () => {
    for (let i = 0; i < 10_000; i++) {
      skip(`Error${i}`);
    }
    assert.equal(lines.length, 21);
    log.close();
    assert.match(lines[21] ?? '', /^Another error has come 9979 more times/);
  });
});
