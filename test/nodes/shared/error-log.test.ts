import assert from 'node:assert/strict';
import { nodeStatement } from '../../../nodes/shared/node-statements';
import { english } from '../../../testing/texts';
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
    log = new ErrorLog({ warn: line, log: line, words: english }, clock);
  });
  afterEach(() => {
    log.close();
    assert.equal(clock.pending, 0, 'no timer is left');
  });

  const recovered = (): void => {
    log.recovered((causes) => nodeStatement('log.recovered', { StreamName: 'door', causes }));
  };
  const retry = (ErrorType: string, message = `${ErrorType} happened.`): void => {
    log.report({ ErrorType, message, action: 'retry', retryInMs: 1_000 });
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
    assert.deepEqual(lines, ['NetworkError happened.', 'Reading stream "door" again after NetworkError.']);
  });

  it('names the cause of an outage, not the last step of the recovery from it', () => {
    retry('NetworkError');
    log.report({
      ...{ ErrorType: 'FRAGMENT_NOT_FOUND', message: 'The position has expired.' },
      ...{ action: 'retry', retryInMs: 0 },
    });
    recovered();
    assert.equal(lines.at(-1), 'Reading stream "door" again after NetworkError.');
  });

  it('has a line when another error takes the place of the first', () => {
    retry('NetworkError');
    retry('AccessDeniedException');
    recovered();
    assert.deepEqual(lines, [
      'NetworkError happened.',
      'AccessDeniedException happened.',
      'Reading stream "door" again after NetworkError, AccessDeniedException.',
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
    const counted = lines.map((line) => Number(/\((\d+) times\)/.exec(line)?.[1] ?? 0));
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
      'TruncatedChunk occurred again since the last log line (1 times). Last message: TruncatedChunk happened again.',
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
    assert.match(lines[2] ?? '', /\(2 times\)/);
    recovered();
    assert.equal(lines[3], 'Reading stream "door" again after NetworkError.');
  });

  it('stays short however many names the errors have', () => {
    for (let i = 0; i < 10_000; i++) {
      skip(`Error${i}`);
    }
    assert.equal(lines.length, 21);
    log.close();
    assert.match(lines[21] ?? '', /^Other errors occurred since the last log line \(9979\)/);
  });
});
