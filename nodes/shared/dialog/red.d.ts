/**
 * The part of Node-RED's editor API that the dialogs use, for Node-RED 4 and 5. The published types know neither
 * validators with two parameters (which may return a reason) nor validators of credentials.
 * https://nodered.org/docs/creating-nodes/properties
 */

/** A node or config node in the editor: its properties by name, and its own catalogue. */
interface EditorNode {
  readonly id: string;
  readonly type: string;
  /** False once the editor has found a property at fault. */
  readonly valid?: boolean;
  _(key: string, values?: Readonly<Record<string, string | number>>): string;
  [property: string]: unknown;
}

/** A tab, a subflow or a group. */
interface EditorScope {
  readonly id: string;
  readonly name?: string;
  readonly z?: string;
  readonly g?: string;
  readonly env?: readonly { readonly name: string; readonly value: unknown; readonly type: string }[];
}

interface ValidatorOptions {
  /** The editor's name for the property, where it knows one. */
  readonly label?: string;
}

interface EditorProperty {
  readonly value?: string | number | boolean;
  /** The type of the config node whose id is the value. */
  readonly type?: string;
  /** True, or what is wrong, in the user's language. Only a validator with two parameters may give a reason. */
  validate?(this: EditorNode, value: unknown, options: ValidatorOptions): true | string;
}

interface EditorCredential {
  readonly type: 'text' | 'password';
  validate?(this: EditorNode, value: unknown, options: ValidatorOptions): true | string;
}

interface EditorDefinition {
  readonly category: string;
  readonly color?: string;
  readonly icon?: string;
  readonly inputs?: 0 | 1;
  readonly outputs?: number;
  readonly defaults: Readonly<Record<string, EditorProperty>>;
  readonly credentials?: Readonly<Record<string, EditorCredential>>;
  paletteLabel?(this: EditorNode): string;
  label?(this: EditorNode): string;
  labelStyle?(this: EditorNode): string;
  inputLabels?(this: EditorNode, index: number): string;
  outputLabels?(this: EditorNode, index: number): string;
  oneditprepare?(this: EditorNode): void;
  oneditsave?(this: EditorNode): void;
  oneditcancel?(this: EditorNode): void;
}

declare const RED: {
  readonly nodes: {
    registerType(type: string, definition: EditorDefinition): void;
    node(id: string): EditorNode | null | undefined;
    workspace(id: string): EditorScope | null | undefined;
    subflow(id: string): EditorScope | null | undefined;
    group(id: string): EditorScope | null | undefined;
    /** The nodes of the workspace, of all tabs, that have all these properties. */
    filterNodes(filter: Readonly<Record<string, string>>): EditorNode[];
    eachConfig(take: (node: EditorNode) => void): void;
  };
  readonly settings: {
    /** The context stores of the run time. */
    readonly context?: { readonly default?: string; readonly stores?: readonly string[] };
    /** Names of the context stores in memory; the empty name is the default store. */
    readonly kvsGetMediaMemoryStores?: readonly string[];
    /** Ids of the accounts that had no access keys, although they should, when the editor was loaded. */
    readonly kvsConfigKeyless?: readonly string[];
  };
};
