// What the lines that install.sh puts into the files of interactive shells cost each new shell: at most half a
// millisecond and no process, as promised.
import { type Bench, inContainer, measure } from './container.ts';
import type { Group } from './measure.ts';

const files = { bash: '/etc/bash.bashrc', zsh: '/etc/zsh/zshrc' };

export async function benchShells({ install }: Bench): Promise<Group[]> {
  return inContainer(async (container) => {
    const zsh = 'apt-get update -qq && apt-get install -y -qq --no-install-recommends zsh';
    await container.sh(`${zsh} && ${install}`);
    const groups: Group[] = [];
    for (const [shell, file] of Object.entries(files)) {
      await container.sh(
        `cp ${file} ${file}.with; sed '/^# >>> dev container Feature/,/^# <<< dev container Feature/d' ${file} >${file}.without; ! cmp -s ${file}.with ${file}.without`,
      );
      const start = (which: 'with' | 'without', value: 'time' | 'processes') => ({
        name: `${which} the lines of the Feature`,
        command: [shell, '-i', '-c', ':'] as const,
        env: { HOME: '/root', TERM: 'xterm' },
        prepare: `cp ${file}.${which} ${file} && touch ~/.zshrc`,
        value,
      });
      groups.push({
        title: `A new ${shell}`,
        unit: 'ms',
        compare: 'added',
        figures: await measure(container, 101, [
          start('without', 'time'),
          { ...start('with', 'time'), most: 0.5 },
        ]),
      });
      groups.push({
        title: `Processes and threads of a new ${shell}`,
        unit: 'processes',
        compare: 'added',
        figures: await measure(container, 5, [
          start('without', 'processes'),
          { ...start('with', 'processes'), most: 0 },
        ]),
      });
    }
    return groups;
  });
}
