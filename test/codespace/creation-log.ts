// The creation log of a codespace: what the calls of the dev container CLI printed.
import { stripVTControlCharacters } from 'node:util';

/** One entry of `--log-format json`, as far as it is used. */
interface Entry {
  readonly type?: string;
  readonly text?: string;
  /** Milliseconds since 1970; the second only at the end of a step. */
  readonly timestamp?: number;
  readonly startTimestamp?: number;
}

export class CreationLog {
  /** Every byte that the calls printed on either stream. */
  raw = '';

  headline(title: string): void {
    this.raw += `${JSON.stringify({ type: 'text', text: `=== ${title}` })}\n`;
  }

  add(text: string): void {
    this.raw += text;
  }

  /** What a user reads: the entries' texts, without colors. */
  get text(): string {
    const texts = this.raw.split('\n').map((line) => entryOf(line).text);
    return stripVTControlCharacters(texts.filter((text) => text !== undefined).join('\n'));
  }

  /** The lines that heroku-login printed, without their details. */
  get heroku(): string[] {
    return this.text.split(/\r?\n/).filter((line) => line.startsWith('Heroku: '));
  }

  /** How long each run of our hook took, in milliseconds, in their order. */
  get hookTimes(): number[] {
    return this.raw
      .split('\n')
      .map(entryOf)
      .filter(({ type, text }) => type === 'stop' && text?.includes('heroku-login --hook'))
      .map(({ timestamp = Number.NaN, startTimestamp = Number.NaN }) => timestamp - startTimestamp);
  }
}

function entryOf(line: string): Entry {
  try {
    return JSON.parse(line) as Entry;
  } catch {
    return { text: line };
  }
}
