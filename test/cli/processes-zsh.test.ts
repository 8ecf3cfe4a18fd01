// What a new zsh starts because of the shell notice: nothing.
import { describeProcesses, zsh } from '../support/shells.ts';

describeProcesses(zsh);
