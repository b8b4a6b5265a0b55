import type { FieldProblem } from './problem-text';
import { isBlank } from './values';

/** Which of the groups of `kvs-config` fit the chosen source of credentials. */
export function shownConfigFields(auth: unknown): { keys: boolean; default: boolean; profile: boolean } {
  return { keys: auth === 'keys', default: auth === 'default', profile: auth === 'profile' };
}

/** A pair of keys is needed where they are held here; a session token belongs to temporary keys alone. */
export function credentialProblem(
  property: 'accessKeyId' | 'secretAccessKey',
  value: unknown,
  auth: unknown,
): FieldProblem | undefined {
  return auth === 'keys' && isBlank(value) ? { property, key: 'missing' } : undefined;
}
