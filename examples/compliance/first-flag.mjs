/** The number of the first flag that stands, of what `blindflag flags list --json` wrote. */
import { readFileSync } from 'node:fs';

const flags = JSON.parse(readFileSync(process.argv[2], 'utf8'));
process.stdout.write(flags.find(({ stands }) => stands).flag);
