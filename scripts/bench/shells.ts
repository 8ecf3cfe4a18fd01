// What the lines that install.sh puts into the files of interactive shells cost each new shell.
import type { Installed } from './container.ts';
import type { Inside } from './inside.ts';
import { rounds } from './measure.ts';
import type { Group } from './model.ts';

const shells = [
  { name: 'bash', file: '/etc/bash.bashrc' },
  { name: 'zsh', file: '/etc/zsh/zshrc' },
] as const;

/** Promised: at most half a millisecond and no process more. */
export async function benchShells(container: Installed): Promise<Group[]> {
  const groups: Group[] = [];
  for (const { name, file } of shells) {
    await container.sh(
      `cp ${file} ${file}.with; sed '/^# >>> dev container Feature/,/^# <<< dev container Feature/d' ${file} >${file}.without; ! cmp -s ${file}.with ${file}.without`,
    );
    const start = (which: 'with' | 'without', value: Inside['value'], most?: number): Inside => ({
      name: `${which} the lines of the Feature`,
      command: [name, '-i', '-c', ':'],
      env: { HOME: '/root', TERM: 'xterm' },
      prepare: `cp ${file}.${which} ${file} && touch ~/.zshrc`,
      value,
      ...(most !== undefined && { most }),
    });
    groups.push(
      {
        title: `A new ${name}`,
        unit: 'ms',
        compare: 'added',
        figures: await container.measure(
          [start('without', 'time'), start('with', 'time', 0.5)],
          rounds(101),
        ),
      },
      {
        title: `Processes and threads of a new ${name}`,
        unit: 'processes',
        compare: 'added',
        figures: await container.measure(
          [start('without', 'processes'), start('with', 'processes', 0)],
          rounds(5),
        ),
      },
    );
  }
  return groups;
}
