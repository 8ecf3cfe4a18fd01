// Prints, as JSON, the help of every command of the CLI in a tree, hidden ones and aliases included, after
// loading the command's own module and all that it imports. Runs on that tree's Node: node every-help.mjs TREE
import { pathToFileURL } from 'node:url';

const [tree] = process.argv.slice(2);
const { Config, CommandHelp } = await import(
  pathToFileURL(`${tree}/node_modules/@oclif/core/lib/index.js`).href
);
const config = await Config.load({ root: tree });
const all = {};
for (const id of config.getAllCommandIDs().toSorted()) {
  const command = config.findCommand(id, { must: true });
  // The class itself, not what the manifest says of it.
  const loaded = await command.load();
  const help = new CommandHelp(command, config, { maxWidth: 80, stripAnsi: true });
  all[id] = `${loaded.description ?? ''}\n${help.generate()}`;
}
process.stdout.write(JSON.stringify(all), () => process.exit(0));
