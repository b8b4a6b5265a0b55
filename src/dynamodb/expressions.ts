/** Conditions and changes of items in DynamoDB's own terms. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Change, Condition, Item, Value } from '../fleet';

/** The table's keys: one table serves any number of fleets. */
export const PARTITION_KEY = 'fleet';
export const SORT_KEY = 'item';

export interface Expressions {
  readonly UpdateExpression?: string;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue>;
}

/** Every name and value by a placeholder, since DynamoDB reserves hundreds of words, `state` and `owner` among them. */
export function expressionsOf({ set = {}, remove = [], condition }: Change): Expressions {
  const names = new Map<string, string>();
  const values: Record<string, AttributeValue> = {};
  const name = (attribute: string): string => {
    const placeholder = names.get(attribute) ?? `#n${names.size}`;
    names.set(attribute, placeholder);
    return placeholder;
  };
  const value = (given: Value): string => {
    const placeholder = `:v${Object.keys(values).length}`;
    values[placeholder] = attributeOf(given);
    return placeholder;
  };
  const sets = Object.entries(set).map(([attribute, given]) => `${name(attribute)} = ${value(given)}`);
  const removes = remove.map(name);
  const update = [
    ...(sets.length === 0 ? [] : [`SET ${sets.join(', ')}`]),
    ...(removes.length === 0 ? [] : [`REMOVE ${removes.join(', ')}`]),
  ].join(' ');
  const conditions = [
    ...Object.entries(condition.equal ?? {}).map(
      ([attribute, given]) => `${name(attribute)} = ${value(given)}`,
    ),
    ...(condition.absent ?? []).map((attribute) => `attribute_not_exists(${name(attribute)})`),
  ].join(' AND ');
  return {
    ...(update === '' ? {} : { UpdateExpression: update }),
    ...(conditions === '' ? {} : { ConditionExpression: conditions }),
    ...(names.size === 0
      ? {}
      : {
          ExpressionAttributeNames: Object.fromEntries(
            [...names].map(([attribute, hash]) => [hash, attribute]),
          ),
        }),
    ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
  };
}

export function conditionOf(condition: Condition): Expressions {
  return expressionsOf({ condition });
}

export function attributeOf(value: Value): AttributeValue {
  return typeof value === 'number' ? { N: String(value) } : { S: value };
}

export function itemOf(attributes: Readonly<Record<string, AttributeValue>>): Item {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { S, N }]) => [name, S ?? (N === undefined ? null : Number(N))]),
  );
}
