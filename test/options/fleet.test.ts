import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  checkFleet,
  matchesPattern,
  parseTagFilters,
  type FleetProperties,
  type FleetSettings,
} from '../../src/options';

const ARN = 'arn:aws:kinesisvideo:eu-west-1:123456789012:stream/door/1500000000000';

function settingsOf(properties: FleetProperties, region?: string): FleetSettings {
  const checked = checkFleet(properties, region);
  assert.ok('settings' in checked, JSON.stringify(checked));
  return checked.settings;
}

function problemsOf(properties: FleetProperties, region?: string): string[] {
  const checked = checkFleet(properties, region);
  return 'problems' in checked ? checked.problems.map(({ property, key }) => `${property} ${key}`) : [];
}

describe('the settings of kvs-fleet', () => {
  it('mean all streams of the account where nothing is set', () => {
    const { selection, discoverMs, maxStreams, emit } = settingsOf({});
    assert.deepEqual(selection, { by: 'prefix', prefix: '', exclude: [] });
    assert.deepEqual({ discoverMs, maxStreams, emit }, { discoverMs: 60_000, maxStreams: 0, emit: 'chunk' });
  });

  it('select by tags, all of which must match', () => {
    const { selection } = settingsOf({ selectBy: 'tags', streams: 'site=north, kind = door,empty=' });
    assert.deepEqual(selection.by === 'tags' && selection.tags, [
      { key: 'site', value: 'north' },
      { key: 'kind', value: 'door' },
      { key: 'empty', value: '' },
    ]);
  });

  it('refuse a tag filter that is none', () => {
    for (const streams of [
      'north',
      '=north',
      'site=a,',
      'site=a,site=b',
      'a=1,,b=2',
      `${'k'.repeat(129)}=v`,
    ]) {
      assert.deepEqual(problemsOf({ selectBy: 'tags', streams }), ['streams malformedTagFilter'], streams);
    }
    assert.deepEqual(problemsOf({ selectBy: 'tags', streams: ' ' }), ['streams missing']);
  });

  it('list names and ARNs, one a line; a stream named twice is read once, and named', () => {
    const { selection, namedTwice } = settingsOf({
      selectBy: 'list',
      streams: `door\r\n\n yard \n${ARN}\nyard`,
    });
    assert.deepEqual(selection.by === 'list' && selection.streams, [
      { StreamName: 'door', StreamARN: ARN },
      { StreamName: 'yard' },
    ]);
    assert.deepEqual(namedTwice, ['door', 'yard']);
  });

  it('refuse a list with what is no stream, with nothing, or with a stream of another region', () => {
    assert.deepEqual(problemsOf({ selectBy: 'list', streams: 'door\nback yard' }), [
      'streams malformedStreamList',
    ]);
    assert.deepEqual(problemsOf({ selectBy: 'list', streams: '\n' }), ['streams missing']);
    assert.deepEqual(problemsOf({ selectBy: 'list', streams: ARN }, 'us-east-1'), ['streams otherRegion']);
  });

  it('need no streams where messages start them', () => {
    assert.deepEqual(settingsOf({ selectBy: 'message', streams: 'a b' }).selection, {
      by: 'message',
      exclude: [],
    });
  });

  it('say which property is wrong', () => {
    assert.deepEqual(
      problemsOf({
        ...{ selectBy: 'colour', exclude: 'a b', discoverSeconds: 1, maxStreams: 1.5 },
        ...{ emit: 'films', version: 2 },
      }),
      [
        'version newerVersion',
        'selectBy unknownChoice',
        'exclude malformedNamePattern',
        'discoverSeconds outOfRange',
        'maxStreams notAnInteger',
        'emit unknownEmit',
      ],
    );
    assert.deepEqual(problemsOf({ streams: 'site/north' }), ['streams malformedPrefix']);
  });

  it('share a fleet by a table where they say so', () => {
    assert.equal(settingsOf({ table: 'kvs-fleets', fleet: 'north' }).sharing, undefined);
    assert.deepEqual(settingsOf({ coordination: 'dynamodb' }).sharing, {
      ...{ table: 'kvs-fleets', fleet: 'default', leaseMs: 15_000, checkpointMs: 10_000 },
    });
    const table = 'arn:aws:dynamodb:eu-west-1:123456789012:table/fleets';
    const given = { table, tableEndpoint: ' http://127.0.0.1:8000/ ', fleet: 'site/north' };
    assert.deepEqual(
      settingsOf({ coordination: 'dynamodb', ...given, leaseSeconds: '3', checkpointSeconds: 0 }).sharing,
      { table, endpoint: 'http://127.0.0.1:8000', fleet: 'site/north', leaseMs: 3_000, checkpointMs: 0 },
    );
  });

  it('say which property of sharing is wrong, and look at none where the fleet is not shared', () => {
    const wrong = { table: 'a b', tableEndpoint: 'http://example.com', fleet: 'a b' };
    const times = { leaseSeconds: 1, checkpointSeconds: -1 };
    assert.deepEqual(problemsOf({ ...wrong, ...times }), []);
    assert.deepEqual(problemsOf({ coordination: 'dynamodb', ...wrong, ...times }), [
      'table malformedTable',
      'tableEndpoint insecureEndpoint',
      'fleet malformedFleet',
      'leaseSeconds outOfRange',
      'checkpointSeconds outOfRange',
    ]);
    assert.deepEqual(problemsOf({ coordination: 'dynamodb', table: '', fleet: ' ' }), [
      'table missing',
      'fleet missing',
    ]);
    assert.deepEqual(problemsOf({ coordination: 'redis' }), ['coordination unknownChoice']);
  });
});

describe('a pattern of names', () => {
  it('matches whole names, with * for any text', () => {
    const yes = [
      ...[
        ['door', 'door'],
        ['*', ''],
        ['*', 'door'],
        ['d*', 'd'],
        ['*-test', 'a-test'],
        ['a*b*c', 'abc'],
      ],
      ...[
        ['a*b*c', 'axxbyyc'],
        ['**', 'x'],
        ['a*a', 'aa'],
      ],
    ] as const;
    const no = [
      ['door', 'doors'],
      ['a*a', 'a'],
      ['*b*', 'a'],
      ['a*b*b', 'ab'],
      ['', 'a'],
      ['A*', 'ab'],
    ] as const;
    yes.forEach(([pattern, name]) => {
      assert.ok(matchesPattern(name, pattern), `${pattern} ${name}`);
    });
    no.forEach(([pattern, name]) => {
      assert.ok(!matchesPattern(name, pattern), `${pattern} ${name}`);
    });
  });

  it('is judged as a regular expression would', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
    fc.assert(
      fc.property(text, text, (pattern, name) => {
        const plain = name.replaceAll('*', '');
        const expression = new RegExp(`^${pattern.replaceAll(/\*+/g, '.*')}$`);
        assert.equal(matchesPattern(plain, pattern), expression.test(plain));
      }),
    );
  });
});

describe('tag filters', () => {
  it('are read back as they were written', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'ü', ':', '/', '='), minLength: 1, maxLength: 5 });
    const key = word.map((text) => text.replaceAll('=', 'e'));
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.record({ key, value: word }, { noNullPrototype: true }), {
          minLength: 1,
          selector: (tag) => tag.key,
        }),
        (tags) => {
          assert.deepEqual(parseTagFilters(tags.map((tag) => `${tag.key}=${tag.value}`).join(', ')), tags);
        },
      ),
    );
  });
});
