/** What a person can do about a failure of TLS, by the code that Node.js gives it. */
import type { AdviceKey } from './session-statements';

const ADVICE: readonly (readonly [RegExp, AdviceKey])[] = [
  [/^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/, 'tlsClock'],
  [/ALTNAME|HOSTNAME_MISMATCH/, 'tlsHost'],
  [/SELF_SIGNED|UNABLE_TO_|CERT_UNTRUSTED|INVALID_CA/, 'tlsTrust'],
  [/CERT|^ERR_(TLS|SSL)_|^EPROTO$/, 'tlsBroken'],
];

/** Empty if the code is not one of TLS. */
export function tlsAdvice(code: string): { readonly advice?: AdviceKey } {
  const advice = ADVICE.find(([codes]) => codes.test(code))?.[1];
  return advice === undefined ? {} : { advice };
}
