import assert from 'node:assert/strict';
import { parseRequest } from '../../../nodes/kvs-archive/parse-request';
import { checkArchive, type ArchiveProperties, type ArchiveSettings } from '../../../src/options';

const NOON = Date.UTC(2026, 0, 2, 12);
const ARN = 'arn:aws:kinesisvideo:eu-west-1:123456789012:stream/door/1580000000000';

function settings(properties: ArchiveProperties = {}): ArchiveSettings {
  const checked = checkArchive({ stream: 'hall', ...properties });
  assert.ok('settings' in checked);
  return checked.settings;
}

describe('requests of kvs-archive', () => {
  const requestOf = (msg: object, properties: ArchiveProperties = {}): unknown => {
    const parsed = parseRequest({ ...msg }, settings(properties));
    return 'action' in parsed && parsed.action.name === 'get' ? parsed.action.request : parsed;
  };
  const around = (moment: number) => ({
    stream: { StreamName: 'hall' },
    range: { from: moment - 10_000, to: moment + 20_000 },
  });

  const moments: readonly [name: string, at: unknown][] = [
    ['ms', NOON],
    ['ISO 8601', '2026-01-02T12:00:00Z'],
    ['a Date', new Date(NOON)],
    ['a chunk', { ProducerTimestamp: NOON, ServerTimestamp: 1 }],
    ['a frame', { ProducerTimestamp: 1, frame: { timestamp: NOON } }],
  ];
  for (const [name, at] of moments) {
    it(`take the moment from ${name}`, () => {
      assert.deepEqual(requestOf({ at }), around(NOON));
    });
  }

  it('take the stream from the moment’s chunk, and before that from msg.stream', () => {
    const at = { StreamName: 'door', ProducerTimestamp: NOON };
    assert.deepEqual(requestOf({ at }), { ...around(NOON), stream: { StreamName: 'door' } });
    assert.deepEqual(requestOf({ at, stream: ARN }), {
      ...around(NOON),
      stream: { StreamName: 'door', StreamARN: ARN },
    });
  });

  it('take the service’s time of a chunk where that clock is set', () => {
    const at = { ProducerTimestamp: 1, ServerTimestamp: NOON };
    assert.deepEqual(requestOf({ at }, { fragmentSelectorType: 'SERVER_TIMESTAMP' }), around(NOON));
  });

  it('take a range, and the name of the request', () => {
    assert.deepEqual(requestOf({ from: NOON, to: '2026-01-02T12:00:01Z', request: 'mine', action: 'get' }), {
      ...{ stream: { StreamName: 'hall' }, range: { from: NOON, to: NOON + 1_000 }, id: 'mine' },
    });
  });

  it('need no time for a live address', () => {
    assert.deepEqual(requestOf({}, { output: 'url', playbackMode: 'LIVE' }), {
      stream: { StreamName: 'hall' },
      range: undefined,
    });
  });

  it('cancel and acknowledge', () => {
    assert.deepEqual(parseRequest({ action: 'cancel' }, settings()), { action: { name: 'cancel' } });
    assert.deepEqual(parseRequest({ action: 'cancel', request: 'a' }, settings()), {
      action: { name: 'cancel', id: 'a' },
    });
    assert.deepEqual(
      parseRequest({ action: 'ack', kvs: { FragmentNumber: '7' }, request: 'a' }, settings()),
      {
        action: { name: 'ack', FragmentNumber: '7', id: 'a' },
      },
    );
  });

  const refused: readonly [msg: object, problem: string, properties?: ArchiveProperties][] = [
    [{}, 'noTime'],
    [{ from: NOON }, 'noTo'],
    [{ to: NOON }, 'noFrom'],
    [{ at: 'yesterday' }, 'at'],
    [{ at: null }, 'at'],
    [{ at: {} }, 'at'],
    [{ from: 'then', to: NOON }, 'from'],
    [{ from: NOON, to: Number.NaN }, 'to'],
    [{ from: NOON, to: NOON }, 'fromAfterTo'],
    [{ from: NOON + 1, to: NOON }, 'fromAfterTo'],
    [{ at: NOON, stream: 'two words' }, 'stream'],
    [{ at: NOON, stream: 7 }, 'stream'],
    [{ at: NOON }, 'noStream', { stream: '' }],
    [{ at: NOON, request: 7 }, 'request'],
    [{ at: NOON, action: 'fetch' }, 'action'],
    [{ action: 'ack' }, 'ack'],
    [{ action: 'ack', kvs: { FragmentNumber: 7 } }, 'ack'],
  ];
  for (const [msg, problem, properties] of refused) {
    it(`are refused for ${problem}: ${JSON.stringify(msg)}`, () => {
      assert.deepEqual(requestOf(msg, properties), { problem });
    });
  }

  it('are refused for an ARN of another region', () => {
    assert.deepEqual(parseRequest({ at: NOON, stream: ARN }, settings(), 'us-east-1'), {
      problem: 'otherRegion',
    });
  });
});

describe('settings of kvs-archive', () => {
  it('take the defaults of the contract where a flow leaves them out', () => {
    assert.deepEqual(settings(), {
      ...{ stream: { StreamName: 'hall' }, output: 'clip', timestampType: 'PRODUCER_TIMESTAMP' },
      ...{ beforeMs: 10_000, afterMs: 20_000, waitMs: 60_000, tracks: [], maxInFlight: 0 },
      ...{ saveTo: 'message', filename: 'filename', filenameType: 'msg', maxBytes: 256_000_000 },
      ...{ intervalMs: 0, width: 0, quality: 80, format: 'jpeg', imageSource: 'auto' },
      ...{ protocol: 'HLS', playbackMode: 'ON_DEMAND', expiresSeconds: 300 },
    });
  });

  const wrong: readonly [property: string, value: unknown, key: string][] = [
    ['stream', 'two words', 'malformedStream'],
    ['output', 'film', 'unknownChoice'],
    ['saveTo', 'cloud', 'unknownChoice'],
    ['filenameType', 'jsonata', 'unknownChoice'],
    ['maxMB', 0, 'outOfRange'],
    ['quality', 101, 'outOfRange'],
    ['width', 0.5, 'notAnInteger'],
    ['format', 'gif', 'unknownChoice'],
    ['imageSource', 'guess', 'unknownChoice'],
    ['fragmentSelectorType', 'MY_CLOCK', 'unknownChoice'],
    ['protocol', 'RTSP', 'unknownChoice'],
    ['playbackMode', 'PAUSE', 'unknownChoice'],
    ['beforeSeconds', -1, 'outOfRange'],
    ['afterSeconds', 'soon', 'notANumber'],
    ['waitSeconds', 1e9, 'outOfRange'],
    ['tracks', 'video,,2', 'malformedTracks'],
    ['maxInFlight', 1.5, 'notAnInteger'],
    ['expiresSeconds', 299, 'outOfRange'],
    ['version', 2, 'newerVersion'],
  ];
  for (const [property, value, key] of wrong) {
    it(`are refused for ${property} ${JSON.stringify(value)}`, () => {
      assert.deepEqual(checkArchive({ [property]: value }), { problems: [{ property, key }] });
    });
  }
});
