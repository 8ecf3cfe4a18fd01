// What the Feature adds to the resume of a codespace: the calls of the dev container CLI that Codespaces
// makes, on a container with the Feature and on one without.
import { openSimulator } from '../../test/codespace/simulator.ts';
import type { Bench } from './container.ts';
import { type Group, inTurn, median, timed } from './measure.ts';

const secrets = { HEROKU_API_KEY: `HRKU-AA${'r'.repeat(58)}` };

export async function benchResume({ say }: Bench): Promise<Group[]> {
  const simulator = await openSimulator({ say });
  try {
    const token = secrets.HEROKU_API_KEY;
    const account = { email: 'dev@example.com', token, expiresIn: 2_500_000 };
    await simulator.heroku?.set({ accounts: [account] });
    const hooks: number[] = [];
    const subject = async (name: string, options: { feature?: null }) => {
      const codespace = await simulator.codespace(options);
      await codespace.create(secrets);
      const once = async () => {
        await codespace.stop();
        return timed(async () => hooks.push(...(await codespace.resume(secrets)).hookTimes));
      };
      return { name, once };
    };
    const figures = await inTurn(5, [
      await subject('without the Feature', { feature: null }),
      await subject('with the Feature', {}),
    ]);
    say(`the hook itself took ${median(hooks).toFixed(0)} ms of a resume, docker exec included`);
    return [{ title: 'The resume of a codespace', unit: 's', compare: 'ratio', figures }];
  } finally {
    await simulator.close();
  }
}
