/** Node-RED's environment variables as the editor knows them, deployed or not. */
import { isEnvironmentVariable } from './field-values';

/** An entry of the list that a tab, a group, a subflow, one of its instances or the global settings have. */
interface Variable {
  readonly name: string;
  readonly value: unknown;
  readonly type: string;
}

/** What has variables, and is inside something else that may. */
interface Scope {
  readonly id: string;
  readonly z?: string;
  readonly g?: string;
  readonly env?: readonly Variable[];
}

/** Where a node is, and so which variables it sees. */
export interface Place {
  /** Id of the tab or the subflow. */
  readonly z?: string;
  readonly g?: string;
}

/** The subflow whose template a node is part of, and the instance whose values stand for all. */
export interface Template {
  readonly instance?: EditorNode;
}

/** Undefined for a node that is in no subflow's template. */
export function templateOf({ z }: Place): Template | undefined {
  if (z === undefined || !RED.nodes.subflow(z)) {
    return undefined;
  }
  const [instance] = RED.nodes.filterNodes({ type: `subflow:${z}` });
  return instance === undefined ? {} : { instance };
}

/** Whose values the variables of the template have, as a hint says it. */
export function templateText(node: EditorNode, { instance }: Template): string {
  return instance === undefined
    ? node._('kvs-flow.search.noInstance')
    : node._('kvs-flow.search.instance', { instance: instanceName(instance) });
}

/** What the editor calls an instance: its name, else its subflow's. */
function instanceName(instance: EditorNode): string {
  const { name, type } = instance;
  const subflow = RED.nodes.subflow(type.replace(/^subflow:/, ''));
  return typeof name === 'string' && name !== '' ? name : (subflow?.name ?? instance.id);
}

/**
 * The text of a variable, of the innermost scope that has one of that name: groups, then the subflow's first instance
 * and the subflow itself, or the tab, then the global variables. Undefined where the run time alone knows it: a secret,
 * a variable of the process, an expression.
 */
export function variable(name: string, place: Place): string | undefined {
  for (const { env = [] } of scopesAt(place)) {
    const found = env.find((each) => each.name === name);
    if (found !== undefined) {
      return textOf(found);
    }
  }
  return undefined;
}

/** `NAME` of `${NAME}` or `$(NAME)`. */
export function variableName(value: unknown): string | undefined {
  return typeof value === 'string' && isEnvironmentVariable(value) ? value.trim().slice(2, -1) : undefined;
}

/** A value, or what the variable that it names holds; undefined where the run time alone knows that. */
export function resolved(value: unknown, place: Place): unknown {
  const name = variableName(value);
  return name === undefined ? value : variable(name, place);
}

/** The variables that values name, by name, as far as the editor knows them. */
export function namedVariables(values: readonly unknown[], place: Place): Record<string, string> {
  const names = values.map(variableName).filter((name) => name !== undefined);
  const known = names.map((name) => [name, variable(name, place)] as const);
  return Object.fromEntries(known.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function scopesAt({ z, g }: Place): Scope[] {
  const group = g === undefined ? undefined : RED.nodes.group(g);
  if (group) {
    return [group, ...scopesAt({ ...definedPlace(group), ...(z === undefined ? {} : { z }) })];
  }
  const subflow = z === undefined ? undefined : RED.nodes.subflow(z);
  if (subflow) {
    const [instance] = RED.nodes.filterNodes({ type: `subflow:${subflow.id}` });
    const own = instance as (EditorNode & Scope) | undefined;
    return own === undefined ? [subflow, ...globals()] : [own, subflow, ...scopesAt(definedPlace(own))];
  }
  const tab = z === undefined ? undefined : RED.nodes.workspace(z);
  return [...(tab ? [tab] : []), ...globals()];
}

function definedPlace({ z, g }: Scope): Place {
  return { ...(z === undefined ? {} : { z }), ...(g === undefined ? {} : { g }) };
}

function globals(): Scope[] {
  const found: Scope[] = [];
  RED.nodes.eachConfig((node) => {
    if (node.type === 'global-config') {
      found.push(node);
    }
  });
  return found;
}

/** The types whose value is meant as it is written. */
const PLAIN = ['str', 'num', 'bool', 'conf-type', 'conf-types', 'kvs-config'];

function textOf({ type, value }: Variable): string | undefined {
  const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return isPlain && PLAIN.includes(type) && !isEnvironmentVariable(value) ? String(value) : undefined;
}
