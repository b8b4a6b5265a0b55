/** A mistake in the arguments of the command line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
