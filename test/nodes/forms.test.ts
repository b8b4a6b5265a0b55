import assert from 'node:assert/strict';
import { AUTH_KINDS, CONFIG_DEFAULTS, GET_MEDIA_DEFAULTS, START_SELECTOR_TYPES } from '../../src/options';
import type { ConfigProperty } from '../../nodes/kvs-config/dialog/form';
import { credentialProblem, shownConfigFields, usesNetwork } from '../../nodes/kvs-config/dialog/form';
import { verdictText } from '../../nodes/kvs-config/dialog/credential-check-text';
import type { GetMediaProperty } from '../../nodes/kvs-get-media/dialog/form';
import { shownArchiveFields } from '../../nodes/kvs-archive/dialog/form';
import { ARCHIVE_DEFAULTS } from '../../src/options';
import { shownGetMediaFields, usesAdvanced } from '../../nodes/kvs-get-media/dialog/form';
import { startValueKind } from '../../nodes/shared/dialog/start-value';
import { isEnvironmentVariable, isLight, storedNumber } from '../../nodes/shared/dialog/field-values';
import { catalogue } from './definition';

const withDefaults =
  (changes: Partial<Record<GetMediaProperty, unknown>> = {}) =>
  (property: GetMediaProperty): unknown =>
    property in changes ? changes[property] : GET_MEDIA_DEFAULTS[property];

describe('the form of kvs-get-media', () => {
  it('shows of the dependent fields only the checkpoint store at first', () => {
    assert.deepEqual(shownGetMediaFields(withDefaults()), {
      startValue: false,
      untilValue: false,
      tracks: false,
      checkpointStore: true,
      memoryStore: false,
      ackTimeoutSeconds: false,
    });
  });

  it('says that a restart loses the place where it is to be kept, in a store in memory', () => {
    const said = (changes: Parameters<typeof withDefaults>[0], ...inMemory: string[]): boolean =>
      shownGetMediaFields(withDefaults(changes), (store) => inMemory.includes(store)).memoryStore;
    assert.equal(said({}, '', 'fast'), true);
    assert.equal(said({ checkpointStore: ' fast ' }, 'fast'), true);
    assert.equal(said({ checkpointStore: 'file' }, '', 'fast'), false);
    assert.equal(said({ checkpointStore: '${STORE}' }, ''), false);
    assert.equal(said({ resume: false }, ''), false);
  });

  it('asks for a start value exactly where the start selector needs one', () => {
    const asking = START_SELECTOR_TYPES.filter(
      (startSelectorType) => shownGetMediaFields(withDefaults({ startSelectorType })).startValue,
    );
    assert.deepEqual(
      asking,
      START_SELECTOR_TYPES.filter((type) => type !== 'NOW' && type !== 'EARLIEST'),
    );
    assert.equal(startValueKind('SERVER_TIMESTAMP'), 'time');
    assert.equal(startValueKind(undefined), undefined);
  });

  it('asks for tracks in frame mode and for no store without resuming', () => {
    assert.equal(shownGetMediaFields(withDefaults({ emit: 'frame' })).tracks, true);
    assert.equal(shownGetMediaFields(withDefaults({ resume: false })).checkpointStore, false);
  });

  it('shows the acknowledgement time where acknowledgements may be asked for, or where it is wrong', () => {
    for (const changes of [
      { maxInFlight: '2' },
      { maxInFlight: '${MAX}' },
      { maxInFlight: '0', ackTimeoutSeconds: 'x' },
    ]) {
      assert.equal(
        shownGetMediaFields(withDefaults(changes)).ackTimeoutSeconds,
        true,
        JSON.stringify(changes),
      );
    }
    assert.equal(shownGetMediaFields(withDefaults({ ackTimeoutSeconds: '${T}' })).ackTimeoutSeconds, false);
  });

  it('opens the advanced part where it holds anything but defaults', () => {
    assert.equal(usesAdvanced(withDefaults()), false);
    assert.equal(
      usesAdvanced(() => undefined),
      false,
    );
    assert.equal(usesAdvanced(withDefaults({ maxInFlight: '0' })), false);
    assert.equal(usesAdvanced(withDefaults({ keepTrying: false })), true);
    assert.equal(usesAdvanced(withDefaults({ inheritTags: true })), true);
    assert.equal(usesAdvanced(withDefaults({ silentSeconds: 60 })), true);
    assert.equal(usesAdvanced(withDefaults({ checkpointStore: 'file' })), true);
    assert.equal(usesAdvanced(withDefaults({ emit: 'frame' })), false);
  });
});

describe('the form of kvs-config', () => {
  const configWith =
    (changes: Partial<Record<ConfigProperty, unknown>>) =>
    (property: ConfigProperty): unknown =>
      property in changes ? changes[property] : CONFIG_DEFAULTS[property];

  it('shows the fields of the chosen source alone, and those of a role where there is one', () => {
    for (const auth of AUTH_KINDS) {
      const shown = Object.entries(shownConfigFields(configWith({ auth }))).filter(([, isShown]) => isShown);
      assert.deepEqual(
        shown.map(([group]) => group),
        [auth],
      );
    }
    assert.equal(shownConfigFields(configWith({ roleArn: 'arn:' })).role, true);
  });

  it('opens the network part where it holds anything', () => {
    assert.equal(usesNetwork(configWith({})), false);
    assert.equal(
      usesNetwork(() => undefined),
      false,
    );
    for (const changes of [
      { proxy: 'p' },
      { tls: 't' },
      { useFips: true },
      { endpoint: 'http://127.0.0.1' },
    ]) {
      assert.equal(usesNetwork(configWith(changes)), true, JSON.stringify(changes));
    }
  });

  it('needs keys only where they are held here', () => {
    assert.equal(credentialProblem('accessKeyId', '', 'keys')?.key, 'missing');
    assert.equal(credentialProblem('accessKeyId', 'AKIA', 'keys'), undefined);
    assert.equal(credentialProblem('accessKeyId', '', 'profile'), undefined);
  });
});

describe('the verdict of a test', () => {
  const said = (answer: Parameters<typeof verdictText>[0]): string => {
    const texts = catalogue('en-US', 'kvs-config');
    return verdictText(answer, (key, values = {}) =>
      (texts.get(key) ?? key).replace(/__(\w+)__/g, (_all, name: string) => String(values[name])),
    );
  };

  it('says which source was used, who it is, and that nodes do not use it yet', () => {
    const roleArn = 'arn:aws:iam::123456789012:role/reader';
    const Arn = 'arn:aws:sts::123456789012:assumed-role/reader/kvs-flow';
    assert.equal(
      said({
        source: { kind: 'iot', thingName: 'cam-1', roleArn },
        Account: '123456789012',
        Arn,
        isDeployed: false,
        streams: 100,
        more: true,
      }),
      `The service accepts these credentials: the IoT certificate of the thing “cam-1”. They were used to assume the role ${roleArn}. They are ${Arn}. They may list streams; streams seen: 100+. Whether they may read a stream shows when it is read. These values are not deployed: nodes use them after the next deploy.`,
    );
  });

  it('names the missing right, and an account where no more is known', () => {
    assert.equal(
      said({
        source: { kind: 'profile', profile: 'camera' },
        Account: '123456789012',
        isDeployed: true,
        missingRight: 'kinesisvideo:ListStreams',
      }),
      "The service accepts these credentials: the profile “camera” of the AWS files. The account is 123456789012. They may not list streams: kinesisvideo:ListStreams is missing. Type the stream's name; reading needs no list. Whether they may read a stream shows when it is read.",
    );
  });

  it('claims no source that it does not know', () => {
    assert.match(said({ isDeployed: true, streams: 0 }), /does not say where/);
    assert.match(said({ source: { kind: 'new' }, isDeployed: true, streams: 0 }), /does not say where/);
  });
});

describe('values of fields', () => {
  it('are stored as numbers where they are numbers, else as the text', () => {
    assert.equal(storedNumber(' 20 '), 20);
    assert.equal(storedNumber('1.5'), 1.5);
    assert.equal(storedNumber('0'), 0);
    assert.equal(storedNumber('${MAX}'), '${MAX}');
    assert.equal(storedNumber(''), '');
    assert.equal(storedNumber('Infinity'), 'Infinity');
  });

  it('are environment variables only as a whole', () => {
    assert.equal(isEnvironmentVariable('${AWS_REGION}'), true);
    assert.equal(isEnvironmentVariable('$(AWS_REGION)'), true);
    assert.equal(isEnvironmentVariable('eu-${PLACE}-1'), false);
    assert.equal(isEnvironmentVariable('${1}'), false);
    assert.equal(isEnvironmentVariable(1), false);
  });

  it('are light or dark as colours', () => {
    assert.equal(isLight('rgb(240, 240, 240)'), true);
    assert.equal(isLight('rgba(85, 85, 85, 0.9)'), false);
    assert.equal(isLight(''), false);
  });
});

describe('the form of kvs-archive', () => {
  const shown = (values: Partial<Record<string, unknown>>) =>
    Object.entries(shownArchiveFields((property) => values[property] ?? ARCHIVE_DEFAULTS[property]))
      .filter(([, isShown]) => isShown)
      .map(([property]) => property);

  it('shows what each output needs', () => {
    const times = ['fragmentSelectorType', 'beforeSeconds', 'afterSeconds', 'range'];
    assert.deepEqual(shown({}), [...times, 'tracks', 'saveTo', 'maxMB', 'waitSeconds']);
    const file = ['saveTo', 'filename', 'filenameType'];
    assert.deepEqual(shown({ saveTo: 'file' }), [...times, 'tracks', ...file, 'waitSeconds']);
    const image = ['tracks', 'saveTo'];
    const looks = ['intervalSeconds', 'width', 'quality', 'format', 'imageSource'];
    const moment = ['fragmentSelectorType', ...image, ...looks];
    assert.deepEqual(shown({ output: 'image' }), [...moment, 'maxMB', 'waitSeconds']);
    assert.ok(!shown({ output: 'image', saveTo: 'file' }).includes('maxMB'));
    const every = shown({ output: 'image', intervalSeconds: 60, format: 'png' });
    assert.ok(every.includes('beforeSeconds') && every.includes('range') && !every.includes('quality'));
    assert.deepEqual(shown({ output: 'chunks' }), [...times, 'tracks', 'waitSeconds', 'maxInFlight']);
    assert.deepEqual(shown({ output: 'fragments' }), [...times, 'waitSeconds']);
    assert.deepEqual(shown({ output: 'url' }), ['protocol', 'playbackMode', 'expiresSeconds', ...times]);
    const live = shown({ output: 'url', playbackMode: 'LIVE' });
    assert.deepEqual(live, ['protocol', 'playbackMode', 'expiresSeconds']);
  });

  it('shows a number that is wrong, so that it can be corrected', () => {
    assert.ok(shown({ output: 'fragments', maxInFlight: 'many' }).includes('maxInFlight'));
    assert.ok(!shown({ output: 'fragments', maxInFlight: '${MOST}' }).includes('maxInFlight'));
  });
});
