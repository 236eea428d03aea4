/** The compiled command line as a process of its own: what the demo starts for every institution. */
import { runCli } from './main.ts';

process.exitCode = await runCli(process.argv.slice(2));
