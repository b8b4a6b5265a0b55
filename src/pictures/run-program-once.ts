/** Runs a program once, without a shell and within limits: all its input at the start, all its output at the end. */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { killProgram } from './kill-program';
import { programEnvironment } from './program-environment';
import type { ProgramEnd } from './program-failure';

export interface ProgramOptions {
  /** Written to its standard input, which is closed then. */
  readonly input?: Buffer;
  /** The program is stopped when it has written more. */
  readonly maxOutputBytes: number;
  /** The program is stopped when it takes longer, ms. */
  readonly timeoutMs: number;
}

/** What became of a program that was started. */
export interface ProgramResult extends ProgramEnd {
  readonly output: Buffer;
  /** Whether it wrote more than it may; `output` is then not all of it. */
  readonly overflowed: boolean;
  /** Whether it was stopped because it took too long. */
  readonly timedOut: boolean;
}

export interface RunningProgram {
  /** Settles when the program has ended. Rejects with the system's error where it could not be started. */
  readonly result: Promise<ProgramResult>;
  /** Stops the program at once. Idempotent. */
  readonly stop: () => void;
}

const MAX_COMPLAINT_CHARACTERS = 300;

/** Runs a program without a shell. Never throws; whatever goes wrong with the child or its pipes is in the result. */
export function runProgramOnce(
  command: string,
  args: readonly string[],
  { input, maxOutputBytes, timeoutMs }: ProgramOptions,
): RunningProgram {
  let child: ChildProcess;
  try {
    child = spawn(command, args, { stdio: 'pipe', windowsHide: true, env: programEnvironment() });
  } catch (error) {
    return { result: Promise.reject(asError(error)), stop: () => undefined };
  }
  const stop = (): void => {
    killProgram(child);
  };
  const result = new Promise<ProgramResult>((resolve, reject) => {
    // Before all else: a child that could not be started for want of file descriptors has no pipes.
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      stop();
    }, timeoutMs);
    const { stdin, stdout, stderr } = child as Partial<ChildProcess>;
    const pieces: Buffer[] = [];
    let bytes = 0;
    let complaint = '';
    take(stdout, (piece) => {
      bytes += piece.length;
      if (bytes <= maxOutputBytes) {
        pieces.push(piece);
      } else {
        stop();
      }
    });
    take(stderr, (piece) => {
      complaint = `${complaint}${piece.toString('utf8')}`.slice(0, MAX_COMPLAINT_CHARACTERS);
    });
    child.on('close', (exitCode, signal) => {
      clearTimeout(timer);
      const overflowed = bytes > maxOutputBytes;
      resolve({ exitCode, signal, output: joined(pieces), overflowed, timedOut, complaint });
    });
    // It may end before it has read everything; what it says when it ends counts.
    stdin?.on('error', () => undefined);
    stdin?.end(input);
  });
  return { result, stop };
}

/** A pipe that breaks is followed by the child's `close`. */
function take(pipe: Readable | null | undefined, onPiece: (piece: Buffer) => void): void {
  pipe?.on('error', () => undefined);
  pipe?.on('data', onPiece);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** In memory of its own. */
function joined(pieces: readonly Buffer[]): Buffer {
  const whole = Buffer.allocUnsafeSlow(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    at += piece.copy(whole, at);
  }
  return whole;
}
