// A client of the Model Context Protocol, as far as it goes on standard input and output: a line of JSON for
// each message (modelcontextprotocol.io/specification, "Lifecycle" and "Transports").

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What is asked of a server after the handshake. */
type Request = readonly [method: string, params?: object];

/**
 * Starts a server, shakes hands and sends the requests, each after the answer to the one before, and then
 * ends it. Throws if the server ends earlier, answers with an error, or writes anything else than answers to
 * standard output.
 *
 * @param command the program and its arguments.
 * @returns the result of the handshake, and then that of each request; and what it wrote to standard error.
 */
export async function mcpAnswers(
  [program = '', ...args]: readonly string[],
  requests: readonly Request[],
  how: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
) {
  const child = spawn(program, args, { ...how, detached: true });
  const timer = setTimeout(kill, 120_000);
  // All that it started: with dash as /bin/sh, a signal to the CLI does not reach its server.
  function kill() {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, 'SIGKILL');
  }
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.stdin.on('error', () => {});
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const send = (message: object) =>
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const answerTo = async (id: number): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`the server ended with ${await closed}: ${stderr}`);
    const answer = JSON.parse(value) as { id?: number; result?: unknown; method?: string };
    // A notification is no answer.
    if (answer.method !== undefined && answer.id === undefined) return answerTo(id);
    if (answer.id !== id || answer.result === undefined) throw new Error(`answered: ${value}`);
    return answer.result;
  };
  const clientInfo = { name: 'test', version: '1' };
  const handshake = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo };
  const all: Request[] = [['initialize', handshake], ...requests];
  const results: unknown[] = [];
  try {
    for (const [id, [method, params]] of all.entries()) {
      send({ id, method, params });
      results.push(await answerTo(id));
      if (id === 0) send({ method: 'notifications/initialized' });
    }
  } finally {
    clearTimeout(timer);
    kill();
    await closed;
  }
  return { results, stderr };
}
