import assert from 'node:assert/strict';
import { GET_MEDIA_DEFAULTS, START_SELECTOR_TYPES } from '../../src/options';
import { credentialProblem, shownConfigFields } from '../../nodes/editor/config-form';
import type { GetMediaProperty } from '../../nodes/editor/get-media-form';
import { shownGetMediaFields, startValueKind, usesAdvanced } from '../../nodes/editor/get-media-form';
import { isEnvironmentVariable, isLight, storedNumber } from '../../nodes/editor/values';

const withDefaults =
  (changes: Partial<Record<GetMediaProperty, unknown>> = {}) =>
  (property: GetMediaProperty): unknown =>
    property in changes ? changes[property] : GET_MEDIA_DEFAULTS[property];

describe('the form of kvs-get-media', () => {
  it('shows of the dependent fields only the checkpoint store at first', () => {
    assert.deepEqual(shownGetMediaFields(withDefaults()), {
      startValue: false,
      tracks: false,
      checkpointStore: true,
      ackTimeoutSeconds: false,
    });
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
    assert.equal(usesAdvanced(withDefaults({ checkpointStore: 'file' })), true);
    assert.equal(usesAdvanced(withDefaults({ emit: 'frame' })), false);
  });
});

describe('the form of kvs-config', () => {
  it('shows the fields of the chosen source alone', () => {
    assert.deepEqual(shownConfigFields('keys'), { keys: true, default: false, profile: false });
    assert.deepEqual(shownConfigFields('default'), { keys: false, default: true, profile: false });
    assert.deepEqual(shownConfigFields('profile'), { keys: false, default: false, profile: true });
  });

  it('needs keys only where they are held here', () => {
    assert.equal(credentialProblem('accessKeyId', '', 'keys')?.key, 'missing');
    assert.equal(credentialProblem('accessKeyId', 'AKIA', 'keys'), undefined);
    assert.equal(credentialProblem('accessKeyId', '', 'profile'), undefined);
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
