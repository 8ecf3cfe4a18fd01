// A real terminal with a shell command in it, which types when it is asked.
import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';

export class Terminal {
  /** All that it showed so far, without carriage returns. */
  screen = '';
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<number>;
  readonly #secrets: readonly string[];

  /**
   * @param env the whole environment.
   * @param secrets what must never be shown.
   */
  constructor(command: string, env: Readonly<Record<string, string>>, secrets: readonly string[]) {
    this.#secrets = secrets;
    this.#child = spawn('script', ['-qefc', command, '/dev/null'], {
      env: { SHELL: '/bin/sh', ...env },
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.screen += text.replaceAll('\r', '');
    });
    this.#ended = new Promise((resolve) => this.#child.on('close', (code) => resolve(code ?? -1)));
  }

  /** Waits for a text on the screen; throws an error with the screen if it does not come within 20 s. */
  async until(text: string): Promise<this> {
    const end = Date.now() + 20_000;
    while (!this.screen.includes(text)) {
      if (Date.now() > end) throw new Error(`"${text}" never came:\n${this.screen}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return this;
  }

  type(keys: string): this {
    this.#child.stdin.write(keys);
    return this;
  }

  /** Waits for its end, and kills it after 30 s. */
  async end(): Promise<{ code: number; screen: string }> {
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 30_000);
    const code = await this.#ended;
    clearTimeout(late);
    for (const secret of this.#secrets) {
      assert.ok(!this.screen.includes(secret), `a token was shown:\n${this.screen}`);
    }
    return { code, screen: this.screen };
  }
}
