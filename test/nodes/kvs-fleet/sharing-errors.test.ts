import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fleetReports, TABLE_ERRORS } from '../../../nodes/kvs-fleet/sharing-errors';
import { AwsAccount } from '../../../src/aws';
import { DynamoStore, TableClient } from '../../../src/dynamodb';
import type { ErrorClass } from '../../../src/session';
import { REPOSITORY } from '../../../testing/node-red';
import { english, wordsIn } from '../../../testing/texts';

const LANGUAGES = ['en-US', 'de', 'es-ES', 'fr', 'ja', 'ko', 'pt-BR', 'zh-CN'];
const SECRET = 'a-secret-that-nobody-may-see-0123456789';
/** What a sentence has where its text or one of its values is missing. */
const UNSAID = /[{}]|\b(?:fleet|advice|reason|call|next)\.[a-z]/;
const PREFIX = 'com.amazonaws.dynamodb.v20120810#';

interface Answer {
  readonly status: number;
  readonly body: string;
}

const named = (name: string, status = 400): Answer => ({
  status,
  body: JSON.stringify({ __type: PREFIX + name, message: `refused, with ${SECRET}` }),
});

/** What the table answers; the class of the error; whether it takes a person; a part of the sentence that says what to do. */
const CASES: readonly (readonly [string, Answer, ErrorClass, boolean, RegExp])[] = [
  [
    'ProvisionedThroughputExceededException',
    named('ProvisionedThroughputExceededException'),
    'throttled',
    false,
    /on-demand/,
  ],
  ['RequestLimitExceeded', named('RequestLimitExceeded'), 'throttled', false, /on-demand/],
  ['ThrottlingException', named('ThrottlingException'), 'throttled', false, /on-demand/],
  [
    'ReplicatedWriteConflictException',
    named('ReplicatedWriteConflictException'),
    'transient',
    false,
    /retries/,
  ],
  ['TransactionConflictException', named('TransactionConflictException'), 'transient', false, /retries/],
  ['InternalServerError', named('InternalServerError', 500), 'transient', false, /retries/],
  ['ServiceUnavailable', { status: 503, body: '' }, 'transient', false, /retries/],
  [
    'AccessDeniedException',
    named('AccessDeniedException'),
    'refused',
    true,
    /Allow the actions dynamodb:Query/,
  ],
  [
    'ResourceNotFoundException',
    named('ResourceNotFoundException'),
    'refused',
    true,
    /Create it in the settings/,
  ],
  ['ValidationException', named('ValidationException'), 'configuration', true, /partition key "fleet"/],
  ['UnrecognizedClientException', named('UnrecognizedClientException'), 'refused', true, /keys/],
  [
    'MissingAuthenticationTokenException',
    named('MissingAuthenticationTokenException'),
    'refused',
    true,
    /proxy/,
  ],
  ['IncompleteSignatureException', named('IncompleteSignatureException'), 'refused', true, /proxy/],
  ['ExpiredTokenException', named('ExpiredTokenException'), 'credentials', false, /token/],
  [
    'UnknownError',
    { status: 404, body: '<html><title>Nothing here</title></html>' },
    'refused',
    true,
    /endpoint/,
  ],
  ['UnknownError', { status: 200, body: 'welcome' }, 'transient', false, /endpoint/],
  ['UnknownError', { status: 200, body: '{}' }, 'transient', false, /endpoint/],
  ['AnswerTooLarge', { status: 200, body: `[${'[],'.repeat(30_000)}[]]` }, 'refused', true, /endpoint/],
];

describe('an error of the table that a fleet is shared by', () => {
  let answer: Answer = { status: 200, body: '' };
  let calls = 0;
  const server = createServer((request, response) => {
    calls += 1;
    request.resume();
    request.on('end', () => {
      response.writeHead(answer.status, {
        'x-amzn-requestid': answer.body.startsWith('{"__type') ? 'id-1' : '',
      });
      response.end(answer.body);
    });
  });
  const account = new AwsAccount({
    region: 'eu-west-1',
    credentials: { kind: 'keys', accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET },
  });
  let client: TableClient;
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    client = new TableClient(account, { endpoint, withinMs: 30_000 });
  });
  after(() => {
    client.close();
    account.close();
    server.close();
  });

  for (const [name, given, errorClass, isForPerson, advice] of CASES) {
    it(`is told in eight languages, and retried: ${name}, HTTP ${given.status}`, async () => {
      answer = given;
      const store = new DynamoStore(client, 'kvs-fleets', 'default');
      const works = [
        () => store.list('member#'),
        () => store.update('member#1', { set: { beat: 0 }, condition: { absent: ['item'] } }),
      ];
      for (const work of works) {
        calls = 0;
        const failure: unknown = await work().then(
          () => assert.fail('it succeeds'),
          (error: unknown) => error,
        );
        const report = fleetReports('kvs-fleets').tableFailed(failure, 1_250, 1);
        assert.deepEqual(
          [report.ErrorType, report.errorClass, report.needsPerson, report.action, report.retryInMs],
          [
            name === 'ResourceNotFoundException' ? 'FleetTableMissing' : 'FleetTableError',
            ...[errorClass, isForPerson, 'retry', 1_250],
          ],
        );
        // What was fixed is tried once more; everything else is for the fleet to retry.
        assert.equal(calls, errorClass === 'credentials' ? 2 : 1);
        assert.match(english.sentences(report.statements), advice);
        for (const language of LANGUAGES) {
          const said = wordsIn(language).sentences(report.statements);
          assert.doesNotMatch(said, UNSAID, language);
          assert(!said.includes(SECRET), said);
          assert(language === 'en-US' || said !== english.sentences(report.statements), language);
        }
      }
    });
  }

  it('is listed in the reference', () => {
    const page = readFileSync(join(REPOSITORY, 'docs/reference/errors.md'), 'utf8');
    for (const name of [...Object.keys(TABLE_ERRORS), ...CASES.map(([each]) => each)]) {
      assert(page.includes(`\`${name}\``), name);
    }
    const tested = new Set(CASES.map(([name]) => name));
    assert.deepEqual(
      Object.keys(TABLE_ERRORS).filter((name) => !tested.has(name)),
      [],
    );
  });

  it('is not the only one: the others have sentences in each language, too', () => {
    const reports = fleetReports('kvs-fleets');
    const stream = { StreamName: 'door' };
    for (const { statements } of [
      reports.leaseLost(stream),
      reports.itemMalformed(stream),
      reports.full(3),
    ]) {
      const said = LANGUAGES.map((language) => wordsIn(language).sentences(statements));
      assert.equal(new Set(said).size, LANGUAGES.length, said.join('\n'));
      for (const sentence of said) {
        assert.doesNotMatch(sentence, UNSAID);
      }
    }
  });
});
