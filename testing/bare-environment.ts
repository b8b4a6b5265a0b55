/**
 * Taken out before any test is loaded: what this machine tells AWS SDKs, such as keys, a region or a bundle of CAs. The
 * tests say themselves what they mean, and reading a hundred CAs for each account would take longer than most of them.
 */
for (const name of Object.keys(process.env)) {
  if (name.startsWith('AWS_')) {
    Reflect.deleteProperty(process.env, name);
  }
}
