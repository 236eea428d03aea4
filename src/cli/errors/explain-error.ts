/** From a failure to a text on standard error and an exit code. */
import { MpcError, UsageError } from '../../errors.ts';
import { ConfigError } from '../../node/config/config.ts';
import { ArgumentError } from './argument-error.ts';
import { EXIT } from './exit-code.ts';
import { NotRunningError } from '../running-node.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Texts } from '../texts.ts';

const FRAMES_SHOWN = 3;
/** How a configuration says that it names an institution without a card here; a test holds the two together. */
const NO_PEER = 'it is neither this institution nor a peer';

export function explainError(
  error: unknown,
  { stderr, signal }: Pick<Surroundings, 'stderr' | 'signal'>,
  { faults }: Pick<Texts, 'faults'>,
): number {
  const say = (text: string): unknown => stderr.write(`blindflag: ${text}\n`);
  if (signal.aborted) {
    say(faults.interrupted());
    return EXIT.interrupted;
  }
  if (error instanceof ArgumentError) {
    say(error.describe());
    say(faults.seeHelp());
    return EXIT.usage;
  }
  if (error instanceof NotRunningError) {
    say(error.describe());
    return EXIT.notRunning;
  }
  if (error instanceof MpcError) {
    say(faults.known(error));
    if (error instanceof ConfigError && error.problems.some(({ text }) => text === NO_PEER))
      say(faults.node.addPeers());
    if (error.phase === 'administration' && error.code === 'unreadable-source') return EXIT.notRunning;
    return error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
  // Another library's text might hold data; its name and where it was thrown do not.
  say(faults.unknown(error instanceof Error ? error.name : typeof error));
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  for (const line of stack
    .split('\n')
    .filter((text) => text.startsWith('    at '))
    .slice(0, FRAMES_SHOWN))
    stderr.write(`${line}\n`);
  return EXIT.failed;
}
