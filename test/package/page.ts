/** A built page read as the scorecard and the flow library read it: parsed, never run. */
import * as ts from 'typescript';

export interface RegisteredPage {
  readonly type: string;
  /** Whether the definition is one plain object: no spread, every name written out. */
  readonly isPlain: boolean;
  /** The definition's members that are literals all through; functions are left out of what is inside them. */
  readonly literals: Readonly<Record<string, unknown>>;
}

/** The scripts of a page, by the one spelling of the opening tag that both readers understand. */
export function scriptsOf(page: string): string[] {
  return [...page.matchAll(/<script type="text\/javascript">([\s\S]*?)<\/script>/g)].map(
    ([, script]) => script ?? '',
  );
}

/** Every `….registerType('…', { … })` of a script. */
export function registrations(script: string): RegisteredPage[] {
  const found: RegisteredPage[] = [];
  const visit = (node: ts.Node): void => {
    if (
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      node.expression.name.text === 'registerType'
    ) {
      const [type, definition] = node.arguments;
      if (
        type !== undefined &&
        ts.isStringLiteral(type) &&
        definition !== undefined &&
        ts.isObjectLiteralExpression(definition)
      ) {
        found.push({ type: type.text, isPlain: isPlain(definition), literals: members(definition) });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('page.js', script, ts.ScriptTarget.ES2020, true, ts.ScriptKind.JS));
  return found;
}

function isPlain(object: ts.ObjectLiteralExpression): boolean {
  return object.properties.every(
    (property) =>
      !ts.isSpreadAssignment(property) &&
      !ts.isShorthandPropertyAssignment(property) &&
      !ts.isComputedPropertyName(property.name) &&
      (!ts.isPropertyAssignment(property) ||
        !ts.isObjectLiteralExpression(property.initializer) ||
        isPlain(property.initializer)),
  );
}

function members(object: ts.ObjectLiteralExpression): Record<string, unknown> {
  const literals: Record<string, unknown> = {};
  for (const property of object.properties) {
    if (ts.isPropertyAssignment(property) && !ts.isComputedPropertyName(property.name)) {
      const value = literal(property.initializer);
      if (value !== undefined) {
        literals[property.name.text] = value;
      }
    }
  }
  return literals;
}

function literal(node: ts.Expression): unknown {
  if (ts.isStringLiteral(node)) {
    return node.text;
  }
  if (ts.isNumericLiteral(node)) {
    return Number(node.text);
  }
  if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) {
    return node.kind === ts.SyntaxKind.TrueKeyword;
  }
  return ts.isObjectLiteralExpression(node) ? members(node) : undefined;
}
