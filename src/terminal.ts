// Questions to a person at a terminal, and standard input. Beside main.ts the only file that touches the
// process: it turns the terminal's echo off, and on again whatever happens.

import { readSync, writeSync } from 'node:fs';
import { systemError } from './messages/file.ts';
import { inputProblems } from './messages/login.ts';
import { errorCode, printable, unless } from './report.ts';

/** Whether there is a person to ask: both ends, input and standard error, are a terminal. */
export function hasPerson(): boolean {
  const { isatty } = process.getBuiltinModule('node:tty');
  return isatty(0) && isatty(2);
}

/** Says a sentence to that person. If nobody listens any more, what was done is done all the same. */
export const say = (sentence: string) =>
  unless(['EPIPE', 'EIO', 'ENOSPC', 'EBADF'], () =>
    writeSync(2, `Heroku: ${printable(sentence)}\n`),
  );

/** Standard input cannot be read. The message is a clause. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/**
 * All of standard input, which may be anything: a folder, a device without an end, or a pipe that does not
 * block, whose writer has 10 seconds for each piece.
 *
 * @throws InputError
 */
export function readInput(): string {
  const read: Buffer[] = [];
  for (let size = 0, pauses = 0; ; ) {
    const piece = Buffer.alloc(16_384);
    try {
      const count = readSync(0, piece);
      if (count === 0) return Buffer.concat(read).toString();
      read.push(piece.subarray(0, count));
      size += count;
      pauses = 0;
    } catch (error) {
      const code = errorCode(error);
      if (code === undefined) throw error;
      if (code !== 'EAGAIN') throw new InputError(systemError(code));
      if (++pauses > 1000) throw new InputError(inputProblems.nothingCame);
      pause();
    }
    if (size > 1_000_000) throw new InputError(inputProblems.tooLarge);
  }
}

/** Waits 10 ms for the other end of a stream. */
export const pause = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);

/**
 * Prints the question and reads one line without showing it; undefined if the user gave up
 * or did not answer within `limit` milliseconds.
 */
export async function askHidden(question: string, limit: number): Promise<string | undefined> {
  const { stdin } = process;
  // Node itself sets the terminal back when the process exits and at SIGINT and SIGTERM, not at these.
  const hangUp = () => process.exit(129);
  const quit = () => process.exit(131);
  process.once('SIGHUP', hangUp).once('SIGQUIT', quit);
  // Before the question: who is quick types while it is printed. Raw, because a terminal's own lines
  // end at 4096 bytes.
  stdin.setRawMode(true);
  const line = new HiddenLine();
  try {
    writeSync(2, question);
    return await answer((text) => line.type(text), limit);
  } finally {
    stdin.setRawMode(false);
    process.off('SIGHUP', hangUp).off('SIGQUIT', quit);
    writeSync(2, '\n');
  }
}

/** Prints the question and reads one line, trimmed and in small letters; empty for no answer. */
export async function askLine(question: string, limit: number): Promise<string> {
  writeSync(2, question);
  const line = await answer((text) => ({ done: true, line: text }), limit);
  return (line ?? '').trim().toLowerCase();
}

type Typed = { readonly done: false } | { readonly done: true; readonly line: string | undefined };

/** Collects input until it forms a line; undefined if the terminal closes first. */
function answer(type: (text: string) => Typed, limit: number): Promise<string | undefined> {
  const { stdin } = process;
  return new Promise((resolve) => {
    const end = (line: string | undefined) => {
      clearTimeout(timer);
      stdin.off('data', onData).off('end', onEnd).off('error', onEnd).pause();
      resolve(line);
    };
    const onData = (text: string) => {
      const typed = type(text);
      if (typed.done) end(typed.line);
    };
    const onEnd = () => end(undefined);
    const timer = setTimeout(onEnd, limit);
    stdin.setEncoding('utf8').on('data', onData).on('end', onEnd).on('error', onEnd).resume();
  });
}

/** A line that is typed or pasted into a raw terminal, which leaves every key to us. */
export class HiddenLine {
  #text = '';

  /** @param chunk what arrived: one key, or all that was pasted. */
  type(chunk: string): Typed {
    // Arrow keys and the marks around what is pasted.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a terminal sends
    for (const key of chunk.replace(/\x1b(\[[0-9;?]*[@-~]|O.)/g, '')) {
      if (key === '\x03') return { done: true, line: undefined };
      const end = key === '\r' || key === '\n' || key === '\x04';
      // What is pasted may begin with the end of a line; a key alone that ends an empty one gives up.
      if (end && (this.#text !== '' || chunk.length === 1)) {
        return { done: true, line: this.#text === '' ? undefined : this.#text };
      }
      if (key === '\x7f' || key === '\b') this.#text = this.#text.slice(0, -1);
      else if (key === '\x15' || key === '\x17') this.#text = '';
      else if (!end && this.#text.length < 10_000) this.#text += key;
    }
    return { done: false };
  }
}
