// Writes every message into output/messages.md, which `npm run check` holds against the vocabulary, as it does
// the documents.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { everyMessage } from '../test/support/messages.ts';

const file = join(dirname(import.meta.dirname), 'output/messages.md');
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, `${[...new Set(everyMessage())].sort().join('\n\n')}\n`);
