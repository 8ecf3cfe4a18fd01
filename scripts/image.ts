// `npm run image -- NAME`: installs the staged Feature on one public image of test/container/images.yaml, with the
// CLI as Heroku serves it today, and checks it.
import { error, notice } from '@actions/core';
import { dockerEngine } from '../test/codespace/engine.ts';
import { checkImage, readImages } from '../test/codespace/images.ts';
import { stage } from './build.ts';

const images = await readImages();
const [name] = process.argv.slice(2);
const entry = images.find((one) => one.name === name && one.image !== undefined);
if (!entry?.image) {
  const names = images.filter(({ image }) => image).map((one) => one.name);
  console.error(`npm run image -- NAME, where NAME is one of: ${names.join(', ')}`);
  process.exit(2);
}
await dockerEngine(console.log);
await stage();
try {
  const version = await checkImage(entry, entry.image);
  notice(`${entry.image}: ${version}`, { title: 'Heroku CLI installed' });
} catch (problem) {
  error(String(problem), { title: `install.sh on ${entry.image}` });
  process.exitCode = 1;
}
