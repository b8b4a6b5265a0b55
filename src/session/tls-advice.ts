/** What a person can do about a failure of TLS, by the code that Node.js gives it. */

const TRUST =
  'If it is a company’s CA, as proxies that inspect TLS have it, add it to the account’s TLS settings, to AWS_CA_BUNDLE or to NODE_EXTRA_CA_CERTS. If this machine trusts it, start Node.js with --use-system-ca or --use-openssl-ca.';

const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/,
    'Check the clock of this machine. If it is right, whoever runs that host has to renew the certificate.',
  ],
  [
    /ALTNAME|HOSTNAME_MISMATCH/,
    'Check the endpoint in the account’s settings, and whether DNS or a proxy leads to another server.',
  ],
  [/SELF_SIGNED|UNABLE_TO_|CERT_UNTRUSTED|INVALID_CA/, TRUST],
  [
    /CERT|^ERR_(TLS|SSL)_|^EPROTO$/,
    'Check that the host and port speak TLS, and whether a proxy or firewall interferes with the connection.',
  ],
];

/** Undefined where the code is none of TLS. */
export function tlsAdvice(code: string): string | undefined {
  return ADVICE.find(([codes]) => codes.test(code))?.[1];
}
