import assert from 'node:assert/strict';
import { Simulator } from '../../src/simulator';
import { Collector, SIMULATOR_KEYS, mediaNode, simulatorConfig } from '../../testing/collector';
import { startNodeRed, type RunningNodeRed } from '../../testing/node-red';
import { NODE_RED_LINES, lacking } from '../../testing/node-red-lines';
import { skip } from '../../testing/skip';

interface Shown {
  readonly fill: string;
  readonly text: string;
  readonly kvs: { readonly state: string; readonly since: number; readonly [more: string]: unknown };
}

/** What the same errors and states are called in each language. */
const LANGUAGES = {
  'en-US': {
    connecting: 'connecting',
    settings: 'Invalid settings: startValue: required. Correct them and deploy.',
    refused: /^The input message was refused; nothing has changed\. msg\.action must be one of start, /,
    missing: /The node retries in .*\. Check the name of the stream, the region and the account\.$/,
    noConnection:
      /^GetDataEndpoint for stream "door" failed\. The connection was refused\. Host: 127\.0\.0\.1:\d+, error code: ECONNREFUSED\. The node retries /,
    noArchive:
      /^GetDataEndpoint for stream "not-recorded" failed\. The service answered ResourceNotFoundException /,
  },
  de: {
    connecting: 'verbindet',
    settings:
      'Ungültige Einstellungen: startValue: erforderlich. Berichtigen Sie sie, und übernehmen Sie sie mit Deploy.',
    refused:
      /^Die Eingangsnachricht wurde abgelehnt; es hat sich nichts geändert\. msg\.action muss eines von start, /,
    missing:
      /Der Node versucht es in .* erneut\. Prüfen Sie den Namen des Streams, die Region und das Konto\.$/,
    noConnection:
      /^GetDataEndpoint für den Stream „door“ ist fehlgeschlagen\. Die Verbindung wurde abgelehnt\. Host: 127\.0\.0\.1:\d+, Fehlercode: ECONNREFUSED\. Der Node versucht es /,
    noArchive: /^GetDataEndpoint für den Stream „not-recorded“ ist fehlgeschlagen\. /,
  },
} as const;

for (const line of NODE_RED_LINES) {
  for (const [lang, expected] of Object.entries(LANGUAGES)) {
    describe(`${line.name} whose run time speaks ${lang}`, function () {
      this.timeout(60_000);
      const simulator = new Simulator({ idleEndMs: 60_000 });
      const collector = new Collector();
      let nodeRed: RunningNodeRed | undefined;

      before(async function () {
        const why = lacking(line);
        if (why !== undefined) {
          skip(this, why);
        }
        simulator.addStream({ name: 'door', live: true, profile: 'aws-sdk' });
        await simulator.start();
        await collector.start();
        const readers = [
          mediaNode('reader', 'tab', { stream: 'door', startSelectorType: 'EARLIEST' }),
          mediaNode('lost', 'tab', { stream: 'no-such-stream', startSelectorType: 'NOW' }),
          mediaNode('wrong', 'tab', { stream: 'door', startSelectorType: 'FRAGMENT_NUMBER' }),
          {
            ...mediaNode('unreachable', 'tab', { stream: 'door', startSelectorType: 'NOW' }),
            config: 'nowhere',
          },
        ];
        nodeRed = await startNodeRed({
          ...{ line, settings: { lang } },
          credentials: { config: SIMULATOR_KEYS, nowhere: SIMULATOR_KEYS },
          flows: [
            { id: 'tab', type: 'tab', label: 'languages' },
            simulatorConfig(simulator.endpoint),
            // Nothing listens on this port.
            simulatorConfig('http://127.0.0.1:1', 'nowhere'),
            ...readers,
            {
              ...{
                id: 'past',
                type: 'kvs-archive',
                z: 'tab',
                version: 1,
                config: 'config',
                stream: 'not-recorded',
              },
              ...{ output: 'fragments', waitSeconds: 0, wires: [[], ['collect-errors']] },
            },
            {
              ...{ id: 'ask', type: 'inject', z: 'tab', once: true, onceDelay: 1, wires: [['past']] },
              props: [{ p: 'at', v: '2026-01-31T08:30:00Z', vt: 'str' }],
            },
            { id: 'states', type: 'status', z: 'tab', scope: null, wires: [['pack']] },
            {
              ...{ id: 'pack', type: 'function', z: 'tab', wires: [['collect-status']], outputs: 1 },
              func: 'return { payload: { ...msg.status, source: msg.status.source.id } };',
            },
            {
              ...{ id: 'nonsense', type: 'inject', z: 'tab', once: true, onceDelay: 1, wires: [['reader']] },
              props: [{ p: 'action', v: 'nonsense', vt: 'str' }],
            },
            ...collector.nodes('tab', ['media', 'errors', 'status']),
          ],
        });
      });
      after(async () => {
        await nodeRed?.stop();
        await collector.stop();
        await simulator.stop();
      });

      async function shown(source: string, state: string): Promise<Shown> {
        const found = (): Shown | undefined =>
          collector
            .of('status')
            .map(({ payload }) => payload as Shown & { source: string })
            .find((status) => status.source === source && status.kvs.state === state);
        await collector.until(`${source} to be ${state}`, () => found() !== undefined);
        return found() ?? assert.fail();
      }

      async function message(ErrorType: string, fits: (text: string) => boolean): Promise<string> {
        const found = (): string | undefined =>
          collector
            .of('errors')
            .map(({ payload }) => payload as { ErrorType: string; message: string })
            .find((payload) => payload.ErrorType === ErrorType && fits(payload.message))?.message;
        await collector.until(`an error ${ErrorType}`, () => found() !== undefined);
        return found() ?? assert.fail();
      }

      it('shows states in its words, and the same to programs whatever the language', async () => {
        const connecting = await shown('reader', 'connecting');
        assert.equal(connecting.text, expected.connecting);
        const streaming = await shown('reader', 'streaming');
        assert.equal(streaming.fill, 'green');
        assert.equal(streaming.kvs['StreamName'], 'door');
        assert.ok(streaming.kvs.since > 0);
        const refused = await shown('lost', 'refused');
        assert.match(refused.text, /^ResourceNotFound \dm$/);
        assert.deepEqual([refused.fill, refused.kvs['ErrorType']], ['red', 'ResourceNotFoundException']);
        const failed = await shown('wrong', 'failed');
        assert.deepEqual([failed.text, failed.kvs['ErrorType']], ['InvalidInput start…', 'InvalidInput']);
      });

      it('has messages on output 2 in its words, from settings, the input and AWS', async () => {
        assert.equal(await message('InvalidInput', (text) => text.includes('startValue')), expected.settings);
        assert.match(await message('InvalidInput', (text) => text.includes('msg.action')), expected.refused);
        assert.match(
          await message('ResourceNotFoundException', (text) => text.includes('no-such-stream')),
          expected.missing,
        );
      });

      it('says in its words why a call never reached the service, and what the archive refuses', async () => {
        const isOf = (pattern: RegExp) => (text: string) => pattern.test(text);
        await message('NetworkError', isOf(expected.noConnection));
        await message('ResourceNotFoundException', isOf(expected.noArchive));
      });
    });
  }
}
