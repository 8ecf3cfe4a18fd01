// What a new zsh says about the login, on a real terminal.
import { describeNotice, zsh } from '../support/shells.ts';

describeNotice(zsh);
