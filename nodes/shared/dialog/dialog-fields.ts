/**
 * The fields of an open dialog. Validators are also called for nodes that are not being edited, so a field speaks
 * for its node only while that node's dialog is open; otherwise the node's own property does.
 */
export class Dialog {
  private editedId: string | undefined;

  /** @param prefix what Node-RED puts before a property's name in the id of its input */
  constructor(private readonly prefix: 'node-input' | 'node-config-input') {}

  open(node: EditorNode): void {
    this.editedId = node.id;
  }

  close(): void {
    this.editedId = undefined;
  }

  isOpenFor(node: EditorNode): boolean {
    return node.id === this.editedId;
  }

  field(property: string): JQuery {
    return $(`#${this.prefix}-${property}`);
  }

  /** The text of a field, or whether it is ticked. A list of config nodes without a choice is empty. */
  entered(property: string): string | boolean | undefined {
    const field = this.field(property);
    if (field.attr('type') === 'checkbox') {
      return field.prop('checked') === true;
    }
    const value = field.val();
    return typeof value === 'string' ? chosen(value) : undefined;
  }

  enter(property: string, value: string | number | boolean): void {
    if (typeof value === 'boolean') {
      this.field(property).prop('checked', value);
    } else {
      this.field(property).val(String(value));
    }
  }

  /** A property as it stands now, for a validator that depends on another property. */
  current(node: EditorNode, property: string): unknown {
    // While a dialog lies over this one, its fields are not in the page.
    const entered = node.id === this.editedId ? this.entered(property) : undefined;
    return entered ?? node[property];
  }

  onChange(properties: readonly string[], callback: () => void): void {
    for (const property of properties) {
      this.field(property).on('change input', callback);
    }
  }
}

/** What Node-RED's lists of config nodes hold in place of a choice. */
const NONE = '_ADD_';

export function chosen(value: unknown): string {
  return typeof value !== 'string' || value === NONE ? '' : value;
}
