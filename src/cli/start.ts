/** The compiled command line as a process of its own: for launch.mjs, and what the demo starts for every institution. */
import { setFlagsFromString } from 'node:v8';
import { tuneEngine } from '../node/engine-settings.ts';

tuneEngine();

// Loading fills V8's young generation, which keeps the size it grew to: 32 MB that an idle node does not need. It may
// grow from then on.
setFlagsFromString('--semi-space-growth-factor=1');
const { runCli } = await import('./main.ts');
setFlagsFromString('--semi-space-growth-factor=2');

process.exitCode = await runCli(process.argv.slice(2));
