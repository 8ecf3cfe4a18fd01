// What a new bash says about the login, on a real terminal.
import { bash, describeNotice } from '../support/shells.ts';

describeNotice(bash);
