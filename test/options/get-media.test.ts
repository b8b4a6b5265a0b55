import assert from 'node:assert/strict';
import {
  checkConfig,
  checkGetMedia,
  checkConvert,
  endpointProblem,
  GET_MEDIA_DEFAULTS,
  regionProblem,
  startValueProblem,
  streamProblem,
} from '../../src/options';

const ARN = 'arn:aws:kinesisvideo:eu-central-1:111122223333:stream/my.stream_1-a/1700000000000';

describe('settings of kvs-get-media', () => {
  it('take the defaults of the contract where a flow leaves them out', () => {
    assert.deepEqual(checkGetMedia({ stream: 'demo' }), {
      settings: {
        stream: { StreamName: 'demo' },
        startSelector: { StartSelectorType: 'NOW' },
        emit: 'chunk',
        tracks: [],
        autoStart: true,
        resume: true,
        maxInFlight: 0,
        keepTrying: true,
        stallTimeoutMs: 20_000,
        ackTimeoutMs: 60_000,
        maxChunkBytes: 64 * 1024 * 1024,
        silentMs: 0,
        inheritTags: false,
      },
    });
  });

  it('read where reading ends, with durations in ms', () => {
    const untilOf = (untilType: string, untilValue: unknown): unknown => {
      const checked = checkGetMedia({ stream: 'demo', untilType, untilValue });
      return 'settings' in checked ? checked.settings.until : checked.problems;
    };
    assert.deepEqual(untilOf('at', '2026-01-02T03:04:05Z'), { at: Date.UTC(2026, 0, 2, 3, 4, 5) });
    assert.deepEqual(untilOf('FragmentNumber', ' 12 '), { FragmentNumber: '12' });
    assert.deepEqual(untilOf('chunks', '7'), { chunks: 7 });
    assert.deepEqual(untilOf('mediaSeconds', 1.5), { mediaMs: 1_500 });
    assert.deepEqual(untilOf('silentSeconds', '20'), { silentMs: 20_000 });
    assert.equal(untilOf('', 'what was there before'), undefined);
    assert.deepEqual(untilOf('chunks', ''), [{ property: 'untilValue', key: 'missing' }]);
    assert.deepEqual(untilOf('sunset', '1'), [{ property: 'untilType', key: 'unknownUntil' }]);
  });

  it('read what environment variables bring: numbers and switches as text', () => {
    const checked = checkGetMedia({
      ...GET_MEDIA_DEFAULTS,
      stream: ` ${ARN} `,
      tracks: 'video, AUDIO_FROM_CUSTOMER, 2',
      autoStart: 'false',
      resume: false,
      maxInFlight: '4',
      stallTimeoutSeconds: '2.5',
      checkpointStore: 'file',
    });
    assert.ok('settings' in checked);
    const { stream, tracks, autoStart, resume, maxInFlight, stallTimeoutMs, checkpointStore } =
      checked.settings;
    assert.deepEqual(
      { stream, tracks, autoStart, resume, maxInFlight, stallTimeoutMs, checkpointStore },
      {
        stream: { StreamName: 'my.stream_1-a', StreamARN: ARN },
        tracks: ['video', 'AUDIO_FROM_CUSTOMER', '2'],
        autoStart: false,
        resume: false,
        maxInFlight: 4,
        stallTimeoutMs: 2_500,
        checkpointStore: 'file',
      },
    );
  });

  it('name every problem at once', () => {
    const checked = checkGetMedia({
      stream: '',
      emit: 'picture',
      startSelectorType: 'SERVER_TIMESTAMP',
      startValue: 'yesterday',
      maxInFlight: 1.5,
      maxChunkMB: 0,
      ackTimeoutSeconds: '',
      version: 2,
    });
    assert.ok('problems' in checked);
    assert.deepEqual(
      checked.problems.map(({ property, key }) => `${property}: ${key}`),
      [
        'version: newerVersion',
        'stream: missing',
        'startValue: malformedTimestamp',
        'emit: unknownEmit',
        'maxInFlight: notAnInteger',
        'ackTimeoutSeconds: notANumber',
        'maxChunkMB: outOfRange',
      ],
    );
  });
});

describe('a stream', () => {
  for (const text of [
    'a',
    'my.stream_1-a',
    'x'.repeat(256),
    ARN,
    ARN.replace('aws', 'aws-cn'),
    ARN.replace('aws', 'aws-us-gov'),
  ]) {
    it(`may be ${text.slice(0, 90)}`, () => {
      assert.equal(streamProblem(text), undefined);
    });
  }
  for (const text of [
    'a b',
    'x'.repeat(257),
    'a/b',
    'ü',
    'arn:',
    'arn:aws:s3:::bucket',
    `${ARN}x`,
    ARN.replace('stream/', ''),
    5,
    {},
  ]) {
    it(`may not be ${JSON.stringify(text).slice(0, 90)}`, () => {
      assert.equal(streamProblem(text)?.key, 'malformedStream');
    });
  }
  it('must be of the config node’s region where its ARN names one', () => {
    assert.equal(streamProblem(ARN, 'eu-central-1'), undefined);
    assert.equal(streamProblem(ARN, 'us-east-1')?.key, 'otherRegion');
    assert.equal(streamProblem('demo', 'us-east-1'), undefined);
  });
});

describe('settings of kvs-config', () => {
  const OFF = { useFips: false, useDualstack: false };
  const roleArn = 'arn:aws-cn:iam::123456789012:role/cameras/reader';
  const problemsOf = (properties: object) => {
    const checked = checkConfig({ region: 'eu-central-1', ...properties });
    return 'problems' in checked ? checked.problems.map(({ property, key }) => `${property} ${key}`) : [];
  };

  it('take a role on top of any source, with a session name of their own where none is given', () => {
    for (const auth of ['keys', 'default']) {
      const checked = checkConfig({ region: 'cn-north-1', auth, roleArn: ` ${roleArn} `, externalId: 'a:1' });
      assert.ok('settings' in checked);
      assert.deepEqual(checked.settings.role, { roleArn, externalId: 'a:1', roleSessionName: 'kvs-flow' });
    }
    assert.deepEqual(problemsOf({ roleArn, externalId: 'x', roleSessionName: 'a b' }), [
      'externalId malformedExternalId',
      'roleSessionName malformedSessionName',
    ]);
    for (const wrong of ['reader', 'arn:aws:iam::1:role/x', 'arn:aws:iam::123456789012:user/x']) {
      assert.deepEqual(problemsOf({ roleArn: wrong }), ['roleArn malformedRoleArn'], wrong);
    }
    assert.deepEqual(problemsOf({ externalId: 'x', roleSessionName: 'a b' }), []);
  });

  it('take an IoT endpoint as a host or as it is pasted, and know the wrong one', () => {
    const iot = { auth: 'iot', iotRoleAlias: 'cameras', tls: 'tls' };
    const host = 'a1b2c3.credentials.iot.eu-central-1.amazonaws.com';
    for (const iotEndpoint of [host, `https://${host}/`, host.toUpperCase()]) {
      const checked = checkConfig({ region: 'eu-central-1', ...iot, iotEndpoint });
      assert.ok('settings' in checked);
      assert.deepEqual(checked.settings.iot, { endpoint: host, roleAlias: 'cameras' });
    }
    assert.deepEqual(problemsOf({ ...iot, iotEndpoint: 'a1b2-ats.iot.eu-central-1.amazonaws.com' }), [
      'iotEndpoint otherIotEndpoint',
    ]);
    assert.deepEqual(problemsOf({ ...iot, iotEndpoint: 'https://a/b' }), [
      'iotEndpoint malformedIotEndpoint',
    ]);
    assert.deepEqual(problemsOf({ auth: 'iot', iotThingName: 'a/b' }), [
      'iotEndpoint missing',
      'iotRoleAlias missing',
      'iotThingName malformedThingName',
      'tls missing',
    ]);
    assert.deepEqual(problemsOf({ auth: 'default', iotEndpoint: 'https://a/b' }), []);
  });

  it('read switches as environment variables bring them', () => {
    const checked = checkConfig({ region: 'us-gov-west-1', useFips: 'true', useDualstack: 'false' });
    assert.ok('settings' in checked);
    assert.deepEqual([checked.settings.useFips, checked.settings.useDualstack], [true, false]);
  });

  it('take access keys for the source of credentials where none is named', () => {
    assert.deepEqual(checkConfig({ region: 'eu-central-1' }), {
      settings: { region: 'eu-central-1', auth: 'keys', ...OFF },
    });
  });

  it('keep a profile only where it is used', () => {
    const given = { region: 'eu-central-1', profile: 'cameras', endpoint: 'http://127.0.0.1:4567/' };
    assert.deepEqual(checkConfig({ ...given, auth: 'profile' }), {
      settings: {
        region: 'eu-central-1',
        auth: 'profile',
        profile: 'cameras',
        endpoint: 'http://127.0.0.1:4567',
        ...OFF,
      },
    });
    assert.deepEqual(checkConfig({ ...given, auth: 'default' }), {
      settings: { region: 'eu-central-1', auth: 'default', endpoint: 'http://127.0.0.1:4567', ...OFF },
    });
    assert.ok('problems' in checkConfig({ ...given, auth: 'profile', profile: ' ' }));
  });

  for (const region of ['us-east-1', 'us-gov-west-1', 'cn-north-1', 'ap-southeast-12', 'eusc-de-east-1']) {
    it(`take region ${region}`, () => {
      assert.equal(regionProblem(region), undefined);
    });
  }
  for (const region of ['Frankfurt', 'us-east', 'us-east-1a', 'US-EAST-1', 'x'.repeat(200)]) {
    it(`refuse region ${region.slice(0, 20)}`, () => {
      assert.equal(regionProblem(region)?.key, 'malformedRegion');
    });
  }

  for (const text of ['False', 'FALSE', ' no ', 'off', '0', '', 0, false]) {
    it(`take ${JSON.stringify(text)} of an environment variable for false`, () => {
      const checked = checkConfig({ region: 'eu-west-1', useFips: text });
      assert.ok('settings' in checked);
      assert.equal(checked.settings.useFips, false);
    });
  }

  for (const tracks of ['bogus,,9x', 'video,', ',', '9x', '0', '-1', '1.5', '+2']) {
    it(`refuse tracks "${tracks}"`, () => {
      const media = checkGetMedia({ stream: 's', tracks });
      const convert = checkConvert({ tracks });
      for (const checked of [media, convert]) {
        assert.ok('problems' in checked);
        assert.deepEqual(checked.problems, [{ property: 'tracks', key: 'malformedTracks' }]);
      }
    });
  }

  for (const [tracks, expected] of [
    ['12, main camera ,video', ['12', 'main camera', 'video']],
    [2, ['2']],
    [' ', []],
  ] as const) {
    it(`take tracks ${JSON.stringify(tracks)}`, () => {
      const checked = checkConvert({ tracks });
      assert.ok('settings' in checked);
      assert.deepEqual(checked.settings.tracks, expected);
    });
  }

  const endpoints: readonly [text: string, key: string | undefined][] = [
    ['', undefined],
    ['https://kinesisvideo.eu-central-1.amazonaws.com', undefined],
    ['http://127.0.0.1:4567', undefined],
    ['http://localhost:4567', undefined],
    ['http://[::1]:4567', undefined],
    ['http://192.168.0.5:4567', 'insecureEndpoint'],
    ['http://127.0.0.1.example.com', 'insecureEndpoint'],
    ['http://localhost.example.com', 'insecureEndpoint'],
    ['ftp://127.0.0.1', 'malformedEndpoint'],
    ['kinesisvideo.eu-central-1.amazonaws.com', 'endpointWithoutScheme'],
    ['127.0.0.1:4567', 'endpointWithoutScheme'],
    ['localhost:4567', 'endpointWithoutScheme'],
    ['https://user:secret@example.com', 'malformedEndpoint'],
    ['https://example.com/?x=1', 'malformedEndpoint'],
  ];
  for (const [text, key] of endpoints) {
    it(`${key === undefined ? 'take' : 'refuse'} endpoint "${text}"`, () => {
      assert.equal(endpointProblem(text)?.key, key);
    });
  }
});

describe('a start value', () => {
  const cases: readonly [type: string, value: unknown, key: string | undefined][] = [
    ['NOW', 'anything', undefined],
    ['EARLIEST', '', undefined],
    ['FRAGMENT_NUMBER', '91343852333181432392682062607743920146159169392', undefined],
    ['FRAGMENT_NUMBER', '', 'missing'],
    ['FRAGMENT_NUMBER', '0x10', 'malformedFragmentNumber'],
    ['SERVER_TIMESTAMP', '2026-11-23T09:00:00Z', undefined],
    ['SERVER_TIMESTAMP', '2026-11-23 09:00', undefined],
    ['SERVER_TIMESTAMP', '2026-11-23', undefined],
    ['PRODUCER_TIMESTAMP', '1795426393729', undefined],
    ['PRODUCER_TIMESTAMP', 1_795_426_393_729, undefined],
    ['PRODUCER_TIMESTAMP', 'tomorrow', 'malformedTimestamp'],
    ['PRODUCER_TIMESTAMP', '2026-13-45', 'malformedTimestamp'],
    ['CONTINUATION_TOKEN', 'a.b_c-1', undefined],
    ['CONTINUATION_TOKEN', `v2.${'x'.repeat(150)}`, undefined],
    ['CONTINUATION_TOKEN', 'AQICAHg/abc+def==', undefined],
    ['CONTINUATION_TOKEN', 'token\n', undefined],
    ['CONTINUATION_TOKEN', ' ', 'missing'],
    ['CONTINUATION_TOKEN', 'a\u0000b', 'malformedToken'],
    ['CONTINUATION_TOKEN', 'a\u200bb', 'malformedToken'],
    ['LATER', '', undefined],
  ];
  for (const [type, value, key] of cases) {
    it(`${JSON.stringify(value)} for ${type}: ${key ?? 'fine'}`, () => {
      assert.equal(startValueProblem(value, type)?.key, key);
    });
  }
});
