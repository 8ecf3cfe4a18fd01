// Runs the fake Heroku as a process: `main.ts OPTIONS.json`, with FakeHerokuOptions in the file.
// Prints one JSON line {url, port, tlsPort} when it accepts connections.
import { readFileSync } from 'node:fs';
import { type FakeHerokuOptions, startFakeHeroku } from './fake-heroku.ts';

async function main(): Promise<void> {
  const file = process.argv[2];
  if (file === undefined) throw new Error('usage: main.ts OPTIONS.json');
  const options = JSON.parse(readFileSync(file, 'utf8')) as FakeHerokuOptions;
  const { url, port, tlsPort, close } = await startFakeHeroku(options);
  // As a container's first process it gets no default handling of these signals.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void close().then(() => process.exit(0)));
  }
  console.log(JSON.stringify({ url, port, tlsPort }));
}

// No top-level await: the codespace simulator bundles this file as CommonJS.
main().catch((error: unknown) => {
  console.error(String(error));
  process.exit(1);
});
