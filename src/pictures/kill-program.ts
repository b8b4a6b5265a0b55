/** Ends a child process at once, also where it is a script that has started the real program. */
import type { ChildProcess } from 'node:child_process';

/**
 * The child is killed, and its pipes are closed: what a script has started outlives it and would hold them open, and the
 * child would never be reported as ended. Without its pipes, what was started ends too. Idempotent.
 */
export function killProgram(child: ChildProcess): void {
  child.kill('SIGKILL');
  // A child that could not be started for want of file descriptors has no pipes.
  const { stdin, stdout, stderr } = child as Partial<ChildProcess>;
  stdin?.destroy();
  stdout?.destroy();
  stderr?.destroy();
}
