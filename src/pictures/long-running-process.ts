/** A program that runs for as long as there is input for it, such as an ffmpeg: bytes in, bytes out, and no way to hang. */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Statement } from '../statement';
import { DecoderError } from './decoder-error';
import { decoderStatement } from './decoder-statements';
import { killProgram } from './kill-program';
import { programEnvironment } from './program-environment';
import { startFailure, withDetails, type ProgramEnd } from './program-failure';

/** What became of it. */
export interface ProcessEnd extends ProgramEnd {
  /** Why it could not be started, or was stopped here; undefined where it ended by itself. */
  readonly failure: Statement | undefined;
}

const MAX_COMPLAINT_CHARACTERS = 300;
/** So much is written at once: each piece that is taken shows that the program is alive. */
const PIECE_BYTES = 256 * 1024;

export class LongRunningProcess {
  /** Settles when the program has ended. Never rejects. */
  readonly ended: Promise<ProcessEnd>;
  readonly #child: ChildProcess | undefined;
  readonly #stallMs: number;
  #complaint = '';
  #failure: Statement | undefined;
  #hasEnded = false;
  #timer: NodeJS.Timeout | undefined;
  #release: (() => void) | undefined;

  /**
   * @param onOutput gets what it writes, and says whether that shows progress: a program that writes for ever is stopped,
   *   too. What it throws ends the program.
   * @param stallMs it is stopped when it has done nothing for so long while it had something to do
   */
  constructor(
    command: string,
    args: readonly string[],
    onOutput: (bytes: Buffer) => boolean,
    stallMs: number,
  ) {
    this.#stallMs = stallMs;
    let child: ChildProcess;
    try {
      child = spawn(command, args, { stdio: 'pipe', windowsHide: true, env: programEnvironment() });
    } catch (error) {
      this.#failure = startFailure(error);
      this.ended = Promise.resolve(this.#end(null, null));
      return;
    }
    this.#child = child;
    this.ended = new Promise((resolve) => {
      // Before all else: a child that could not be started for want of file descriptors has no pipes.
      child.on('error', (error) => {
        this.#failure ??= startFailure(error);
        resolve(this.#end(null, null));
      });
      const { stdin, stdout, stderr } = child as Partial<ChildProcess>;
      listen(stdout, (bytes) => {
        try {
          if (onOutput(bytes)) {
            this.#timer?.refresh();
          }
        } catch (error) {
          this.#stopBecause(outputFailure(error));
        }
      });
      listen(stderr, (bytes) => {
        this.#complain(bytes.toString('utf8'));
      });
      child.on('close', (exitCode, signal) => {
        resolve(this.#end(exitCode, signal));
      });
      // It may end before it has read everything; what it says when it ends counts.
      stdin?.on('error', () => undefined);
    });
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Settles when the program has taken the bytes, or has ended. One call at a time. */
  async write(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length && !this.#hasEnded; at += PIECE_BYTES) {
      this.#watch();
      await new Promise<void>((resolve) => {
        this.#release = resolve;
        this.#child?.stdin?.write(bytes.subarray(at, at + PIECE_BYTES), () => {
          resolve();
        });
      });
      this.#rest();
    }
  }

  /** Nothing more comes: it writes what it still has, and ends. */
  finish(): Promise<ProcessEnd> {
    if (!this.#hasEnded) {
      this.#watch();
    }
    this.#child?.stdin?.end();
    return this.ended;
  }

  /** Stops it at once. Idempotent. */
  stop(): void {
    if (this.#child !== undefined) {
      killProgram(this.#child);
    }
  }

  #watch(): void {
    this.#rest();
    this.#timer = setTimeout(() => {
      this.#stopBecause(decoderStatement('decoder.silent', { silentMs: this.#stallMs }));
    }, this.#stallMs);
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #stopBecause(why: Statement): void {
    this.#failure ??= why;
    this.stop();
  }

  #complain(text: string): void {
    this.#complaint = `${this.#complaint}${text}`.slice(0, MAX_COMPLAINT_CHARACTERS);
  }

  #end(exitCode: number | null, signal: NodeJS.Signals | null): ProcessEnd {
    this.#hasEnded = true;
    this.#rest();
    this.#release?.();
    return { exitCode, signal, complaint: this.#complaint, failure: this.#failure };
  }
}

/** A pipe that breaks is followed by the child's `close`. */
function listen(pipe: Readable | null | undefined, onPiece: (piece: Buffer) => void): void {
  pipe?.on('error', () => undefined);
  pipe?.on('data', onPiece);
}

/** Of output that is no picture, or that its receiver did not take. */
function outputFailure(error: unknown): Statement {
  if (error instanceof DecoderError) {
    return error.statement;
  }
  const words = error instanceof Error ? error.message : String(error);
  return withDetails(decoderStatement('decoder.notPassedOn', {}), words.slice(0, MAX_COMPLAINT_CHARACTERS));
}
