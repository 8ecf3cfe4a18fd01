// What the Feature adds to the resume of a codespace: the calls of the dev container CLI that Codespaces
// makes, on a container with the Feature and on one without.
import { openSimulator } from '../../test/codespace/simulator.ts';
import { inTurn, rounds, timed } from './measure.ts';
import { type Group, median } from './model.ts';

const token = `HRKU-AA${'r'.repeat(58)}`;

export async function benchResume(say: (line: string) => void): Promise<Group[]> {
  const simulator = await openSimulator({ say });
  try {
    await simulator.heroku?.set({
      accounts: [{ email: 'dev@example.com', token, expiresIn: 2_500_000 }],
    });
    const secrets = { HEROKU_API_KEY: token };
    const hooks: number[] = [];
    const subject = async (name: string, feature?: null) => {
      const codespace = await simulator.codespace(feature === null ? { feature } : {});
      await codespace.create(secrets);
      const once = async () => {
        await codespace.stop();
        let log: Awaited<ReturnType<typeof codespace.resume>> | undefined;
        const time = await timed(async () => {
          log = await codespace.resume(secrets);
        });
        hooks.push(...(log?.hookTimes ?? []));
        return time / 1000;
      };
      return { name, once };
    };
    const subjects = [
      await subject('without the Feature', null),
      await subject('with the Feature'),
    ];
    const figures = await inTurn(subjects, rounds(5));
    say(`the hook itself took ${median(hooks).toFixed(0)} ms of a resume, docker exec included`);
    return [{ title: 'The resume of a codespace', unit: 's', compare: 'ratio', figures }];
  } finally {
    await simulator.close();
  }
}
