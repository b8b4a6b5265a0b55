import assert from 'node:assert/strict';
import { ListStreamsCommand } from '@aws-sdk/client-kinesis-video';
import { fetchOnce } from '../../../testing/fetch-once';
import { controlClient, failure, withSimulator } from '../rig';

async function refusal(
  credentials: object,
  simulatorOptions: Parameters<typeof withSimulator>[0] = {},
  region = 'eu-west-1',
): Promise<Awaited<ReturnType<typeof failure>>> {
  let result: Awaited<ReturnType<typeof failure>> | undefined;
  await withSimulator(simulatorOptions, async ({ simulator }) => {
    const client = controlClient(simulator.endpoint, credentials, region);
    result = await failure(client.send(new ListStreamsCommand({})));
    client.destroy();
  });
  assert.ok(result);
  return result;
}

/** Sends a request whose head the test writes. */
async function raw(
  endpoint: string,
  headers: Record<string, string>,
): Promise<{ status: number; type: string | null; text: string }> {
  const response = await fetchOnce(`${endpoint}/listStreams`, { method: 'POST', headers, body: '{}' });
  return {
    status: response.status,
    type: response.headers.get('x-amzn-errortype'),
    text: await response.text(),
  };
}

const SECRET = 'wrong-secret-wrong-secret';

describe('simulator: signatures', () => {
  it('accepts what the SDK signs, with a session token too', async () => {
    const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'key', sessionToken: 'to/ken+=' };
    await withSimulator(credentials, async ({ simulator }) => {
      const client = controlClient(simulator.endpoint, credentials);
      await client.send(new ListStreamsCommand({}));
      client.destroy();
    });
  });

  it('answers UnrecognizedClientException for an unknown key', async () => {
    const error = await refusal({ accessKeyId: 'nobody', secretAccessKey: 'simulator' });
    assert.deepEqual([error.name, error.statusCode], ['UnrecognizedClientException', 403]);
  });

  it('answers InvalidSignatureException for a wrong secret, and tells no secret', async () => {
    const error = await refusal({ accessKeyId: 'simulator', secretAccessKey: SECRET });
    assert.deepEqual([error.name, error.statusCode], ['InvalidSignatureException', 403]);
    assert.doesNotMatch(error.message, /wrong-secret|[0-9a-f]{64}|AWS4-HMAC/);
  });

  for (const [what, sent] of [
    ['missing', undefined],
    ['wrong', 'other'],
  ] as const) {
    it(`answers UnrecognizedClientException for a ${what} session token`, async () => {
      const error = await refusal(
        {
          accessKeyId: 'simulator',
          secretAccessKey: 'simulator',
          ...(sent === undefined ? {} : { sessionToken: sent }),
        },
        { sessionToken: 'token' },
      );
      assert.deepEqual([error.name, error.statusCode], ['UnrecognizedClientException', 403]);
    });
  }

  it('answers ExpiredTokenException for credentials that have been replaced', async () => {
    const old = { accessKeyId: 'ASIA', secretAccessKey: 'a', sessionToken: 'one' };
    await withSimulator(old, async ({ simulator }) => {
      simulator.setCredentials({ ...old, sessionToken: 'two' });
      const client = controlClient(simulator.endpoint, old);
      const renewed = controlClient(simulator.endpoint, { ...old, sessionToken: 'two' });
      const error = await failure(client.send(new ListStreamsCommand({})));
      assert.deepEqual([error.name, error.statusCode], ['ExpiredTokenException', 403]);
      await renewed.send(new ListStreamsCommand({}));
      client.destroy();
      renewed.destroy();
    });
  });

  for (const [offsetMs, message] of [
    [16 * 60_000, /^Signature expired: \d{8}T\d{6}Z is now earlier than/],
    [-16 * 60_000, /^Signature not yet current: \d{8}T\d{6}Z is still later than/],
  ] as const) {
    it(`answers InvalidSignatureException where clocks are ${offsetMs} ms apart, and dates its answers so`, async () => {
      await withSimulator({}, async ({ simulator, control }) => {
        simulator.faults.add({ kind: 'clock-skew', offsetMs });
        const error = await failure(control.send(new ListStreamsCommand({})));
        assert.deepEqual([error.name, error.statusCode], ['InvalidSignatureException', 403]);
        assert.match(error.message, message);
        const response = await fetchOnce(`${simulator.endpoint}/listStreams`, { method: 'POST' });
        const date = Date.parse(response.headers.get('date') ?? '');
        assert.ok(Math.abs(date - Date.now() - offsetMs) < 60_000);
      });
    });
  }

  it('lets clocks be 14 minutes apart', async () => {
    await withSimulator({}, async ({ simulator, control }) => {
      simulator.faults.add({ kind: 'clock-skew', offsetMs: 14 * 60_000 });
      await control.send(new ListStreamsCommand({}));
    });
  });

  it('answers InvalidSignatureException for a region that is not its own', async () => {
    const error = await refusal(
      { accessKeyId: 'simulator', secretAccessKey: 'simulator' },
      { region: 'us-east-1' },
    );
    assert.equal(error.name, 'InvalidSignatureException');
    assert.match(error.message, /valid region/);
  });

  it('answers for missing, foreign and malformed authorization', async () => {
    await withSimulator({}, async ({ simulator }) => {
      const today = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
      const scope = (service: string) => `simulator/${today.slice(0, 8)}/eu-west-1/${service}/aws4_request`;
      const authorization = (service: string) =>
        `AWS4-HMAC-SHA256 Credential=${scope(service)}, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`;
      const cases: [Record<string, string>, number, string][] = [
        [{}, 403, 'MissingAuthenticationTokenException'],
        [{ authorization: 'Basic c2ltdWxhdG9y' }, 400, 'IncompleteSignatureException'],
        [{ authorization: 'AWS4-HMAC-SHA256 Credential=a/b' }, 400, 'IncompleteSignatureException'],
        [{ authorization: authorization('kinesisvideo') }, 400, 'IncompleteSignatureException'],
        [{ authorization: authorization('kinesis'), 'x-amz-date': today }, 403, 'InvalidSignatureException'],
        [
          { authorization: authorization('kinesisvideo'), 'x-amz-date': today },
          403,
          'InvalidSignatureException',
        ],
      ];
      for (const [headers, status, type] of cases) {
        const answer = await raw(simulator.endpoint, headers);
        assert.deepEqual([answer.status, answer.type], [status, type]);
        assert.match(answer.text, /^\{"Message":"/);
      }
    });
  });

  it('notices a body that was changed on the way', async () => {
    await withSimulator({}, async ({ control }) => {
      control.middlewareStack.add(
        (next) => (args) => {
          (args.request as { body: string }).body = '{"MaxResults":1}';
          return next(args);
        },
        // Behind the signing, which has the same step.
        { step: 'finalizeRequest', priority: 'low' },
      );
      const error = await failure(control.send(new ListStreamsCommand({ MaxResults: 2 })));
      assert.equal(error.name, 'InvalidSignatureException');
    });
  });

  for (const [style, name] of [
    ['plain', 'UnrecognizedClientException'],
    ['decorated', 'UnrecognizedClientException:https://kinesisvideo.amazonaws.com/doc/2017-09-30/'],
  ] as const) {
    it(`names errors in the ${style} way`, async () => {
      await withSimulator({ errorHeaderStyle: style }, async ({ simulator }) => {
        simulator.faults.add({
          kind: 'http-error',
          ErrorType: 'UnrecognizedClientException',
          statusCode: 403,
        });
        assert.equal((await raw(simulator.endpoint, {})).type, name);
      });
    });
  }

  it('names errors and requests in the documented way where asked', async () => {
    await withSimulator({ errorHeaderStyle: 'documented' }, async ({ simulator }) => {
      const response = await fetchOnce(`${simulator.endpoint}/listStreams`, { method: 'POST' });
      assert.equal(response.headers.get('x-amz-ErrorType'), 'MissingAuthenticationTokenException');
      assert.match(response.headers.get('x-amz-RequestId') ?? '', /^[0-9a-f-]{36}$/);
      assert.equal(response.headers.get('x-amzn-RequestId'), null);
    });
  });
});
