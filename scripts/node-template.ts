/** The files of a new node, the smallest that work: it passes messages on, and has no settings but its name. */

/** The names of a node: `kvs-blur-faces` is also `blur-faces`, `BlurFaces`, `BLUR_FACES` and `kvs blur faces`. */
export interface NodeNames {
  /** As flows store it. */
  readonly type: string;
  readonly name: string;
  readonly pascal: string;
  readonly constant: string;
  /** As people read it. */
  readonly shown: string;
}

export function namesOf(type: string): NodeNames {
  const name = type.replace(/^kvs-/, '');
  return {
    type,
    name,
    pascal: name.replace(/(?:^|-)(.)/g, (_all, letter: string) => letter.toUpperCase()),
    constant: name.replaceAll('-', '_').toUpperCase(),
    shown: type.replaceAll('-', ' '),
  };
}

/** Path and content of each file, but for the languages' texts. @param says what the node does, such as `blurs faces` */
export function filesOf(node: NodeNames, says: string): ReadonlyMap<string, string> {
  const { type, name } = node;
  return new Map([
    [`nodes/${type}/${type}.ts`, entry(node, says)],
    [`nodes/${type}/runtime.ts`, runtime(node)],
    [`nodes/${type}/${name}-node.ts`, behaviour(node)],
    [`nodes/${type}/icon.svg`, ICON],
    [`nodes/${type}/dialog/dialog.html`, '<!-- row:name id=node-input-name -->\n'],
    [`nodes/${type}/dialog/dialog.ts`, dialog(node)],
    [`src/options/${name}.ts`, options(node)],
    [`test/nodes/${type}/definition.test.ts`, definitionTest(node)],
    [`test/nodes/${type}/${name}.test.ts`, behaviourTest(node)],
    [`docs/reference/${type}.md`, reference(node, says)],
  ]);
}

/** The help of one language, to be translated. */
export function helpOf({ type }: NodeNames, says: string): string {
  return `<script type="text/html" data-help-name="${type}">
    <p>${sentence(says)}</p>

    <h3>Inputs</h3>
    <dl class="message-properties">
        <dt>payload <span class="property-type">buffer</span></dt>
        <dd>a chunk, as <code>kvs-get-media</code> sends it.</dd>
    </dl>

    <h3>Outputs</h3>
    <ol class="node-ports">
        <li>Media
            <dl class="message-properties">
                <dt>payload <span class="property-type">buffer</span></dt>
                <dd>the chunk.</dd>
            </dl>
        </li>
    </ol>
</script>
`;
}

function sentence(says: string): string {
  return `${says.charAt(0).toUpperCase()}${says.slice(1)}.`;
}

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="60" viewBox="0 0 40 60"><path fill="#fff" d="M8 18h24v24H8z"/></svg>\n';

function entry({ type, pascal }: NodeNames, says: string): string {
  return `/** Registers ${type}, which ${says}. Loads what it does with the first node. */
import type { Node, NodeAPI, NodeDef } from 'node-red';
import type { ${pascal}Properties } from '../../src/options';
import type * as Runtime from './runtime';

type Kvs${pascal}Def = NodeDef & ${pascal}Properties;

export = function registerKvs${pascal}(RED: NodeAPI): void {
  RED.nodes.registerType('${type}', function createKvs${pascal}(this: Node, definition: Kvs${pascal}Def): void {
    RED.nodes.createNode(this, definition);
    const { ${pascal}Node, Words } = require('./runtime') as typeof Runtime;
    const node = new ${pascal}Node(
      {
        status: (status) => {
          this.status(status);
        },
        warn: (text) => {
          this.warn(text);
        },
        words: new Words((key) => RED._(key)),
      },
      definition,
    );
    this.on('input', (msg, send, done) => {
      const answer = node.handle(msg);
      if (answer !== undefined) {
        send(answer);
      }
      done();
    });
    this.on('close', () => {
      node.close();
    });
  });
};
`;
}

function runtime({ type, name, pascal }: NodeNames): string {
  return `/** What ${type} does at run time: loaded with the first node. */
export { Words } from '../shared/words';
export { ${pascal}Node } from './${name}-node';
`;
}

function behaviour({ type, pascal }: NodeNames): string {
  return `/** One ${type} node without Node-RED: what it does with messages. */
import type { NodeMessage } from 'node-red';
import { systemClock } from '../../src/clock';
import { check${pascal}, type ${pascal}Properties } from '../../src/options';
import { settingsProblemText } from '../shared/settings-error';
import { StatusThrottle, type StatusPort } from '../shared/status-throttle';
import { Statuses } from '../shared/state-to-status';
import type { Words } from '../shared/words';

/** What it needs of its Node-RED node. */
export interface ${pascal}Port extends StatusPort {
  warn(text: string): void;
  readonly words: Words;
}

export class ${pascal}Node {
  readonly #status: StatusThrottle;
  readonly #isUsable: boolean;

  constructor(port: ${pascal}Port, properties: ${pascal}Properties) {
    this.#status = new StatusThrottle(port, systemClock);
    const checked = check${pascal}(properties);
    this.#isUsable = 'settings' in checked;
    if ('settings' in checked) {
      const text = port.words.text('status.idle');
      this.#status.show({ fill: 'grey', shape: 'ring', text, kvs: { state: 'idle' } });
    } else {
      const problems = checked.problems.map((problem) => settingsProblemText(problem, port.words)).join('; ');
      port.warn(port.words.text('settings.invalid', { problems }));
      this.#status.show(new Statuses(port.words).failed('InvalidInput'));
    }
  }

  /** Returns the message to send; undefined where there is none. */
  handle(msg: NodeMessage): NodeMessage | undefined {
    return this.#isUsable ? msg : undefined;
  }

  close(): void {
    this.#status.cancel();
  }
}
`;
}

function dialog({ type, constant, shown }: NodeNames): string {
  return `/**
 * The dialog of \`${type}\`. The definition stays one plain literal, defaults included: the scorecard and the flow
 * library read the built page without running it.
 */
import { versionProblem, ${constant}_VERSION } from '../../../src/options';
import { verdict } from '../../shared/dialog/problem-text';

RED.nodes.registerType('${type}', {
  category: 'network',
  color: '#F3B567',
  icon: '${type}.svg',
  inputs: 1,
  outputs: 1,
  defaults: {
    name: { value: '' },
    version: {
      value: 1,
      validate(value, { label }) {
        const problem = versionProblem(value ?? ${constant}_VERSION, ${constant}_VERSION);
        return verdict('${type}', problem, (key, values) => this._(key, values), label);
      },
    },
  },
  paletteLabel() {
    return '${shown}';
  },
  label() {
    return typeof this['name'] === 'string' && this['name'] !== '' ? this['name'] : '${shown}';
  },
  labelStyle() {
    return typeof this['name'] === 'string' && this['name'] !== '' ? 'node_label_italic' : '';
  },
  oneditsave() {
    this['version'] ??= ${constant}_VERSION;
  },
});
`;
}

function options({ type, pascal, constant }: NodeNames): string {
  return `/** The settings of \`${type}\`: types, defaults and what makes a value wrong. */
import type { Checked } from './problem';
import { problemsIn, versionProblem } from './setting-values';

/** \`${type}\` as the flow file holds it. */
export interface ${pascal}Properties {
  readonly name?: unknown;
  readonly version?: unknown;
}

/** \`${type}\`, checked. */
export type ${pascal}Settings = Readonly<Record<never, never>>;

/** The version of \`${type}\`'s settings that this code writes. */
export const ${constant}_VERSION = 1;

export const ${constant}_DEFAULTS = { version: ${constant}_VERSION } as const;

/** Checks a \`${type}\`. Properties that a flow leaves out take their defaults. */
export function check${pascal}({ version }: ${pascal}Properties): Checked<${pascal}Settings> {
  const problems = problemsIn([versionProblem(version ?? ${constant}_VERSION, ${constant}_VERSION)]);
  return problems.length > 0 ? { problems } : { settings: {} };
}
`;
}

function definitionTest({ type, constant, shown }: NodeNames): string {
  return `import assert from 'node:assert/strict';
import { ${constant}_DEFAULTS } from '../../../src/options';
import { judged, loadDefinition, nodeOf } from '../definition';

describe('the definition of ${type}', () => {
  const definition = loadDefinition('${type}');
  const values = Object.entries(definition.defaults).map(([name, { value }]) => [name, value] as const);

  it('has the defaults of the settings, and finds nothing wrong with them', () => {
    assert.deepEqual(Object.fromEntries(values), { name: '', ...${constant}_DEFAULTS });
    for (const [property, value] of values) {
      assert.notEqual(typeof judged(definition, nodeOf('${type}'), property, value), 'string', property);
      assert.notEqual(typeof judged(definition, nodeOf('${type}'), property, undefined), 'string', property);
    }
  });

  it('says when a newer release wrote it', () => {
    assert.match(String(judged(definition, nodeOf('${type}'), 'version', 2)), /^Version: .*newer release/);
  });

  it('is labelled by its name, else its type', () => {
    assert.equal(definition.label.call({ name: 'Door' }), 'Door');
    assert.equal(definition.label.call({ name: '' }), '${shown}');
  });
});
`;
}

function behaviourTest({ type, name, pascal }: NodeNames): string {
  return `import assert from 'node:assert/strict';
import { ${pascal}Node } from '../../../nodes/${type}/${name}-node';
import { english } from '../../../testing/texts';

describe('${type}', () => {
  const made = (properties: object): { node: ${pascal}Node; statuses: unknown[]; warnings: string[] } => {
    const statuses: unknown[] = [];
    const warnings: string[] = [];
    const port = {
      status: ({ kvs }: { kvs: { state: string } }) => statuses.push(kvs.state),
      warn: (text: string) => warnings.push(text),
      words: english,
    };
    return { node: new ${pascal}Node(port, properties), statuses, warnings };
  };

  it('passes messages on', () => {
    const { node, statuses } = made({});
    const msg = { payload: Buffer.from('chunk') };
    assert.equal(node.handle(msg), msg);
    assert.deepEqual(statuses, ['idle']);
  });

  it('says what is wrong with its settings, and sends nothing', () => {
    const { node, statuses, warnings } = made({ version: 2 });
    assert.equal(node.handle({ payload: 'x' }), undefined);
    assert.deepEqual(statuses, ['failed']);
    assert.match(warnings.join(), /version/);
  });
});
`;
}

function reference({ shown }: NodeNames, says: string): string {
  return `# Messages of ${shown}

${sentence(says)}

## Input

- **\`msg.payload\`**: Buffer with a chunk, as **kvs get media** sends it

## Output

- **\`msg.payload\`**: the chunk
`;
}
