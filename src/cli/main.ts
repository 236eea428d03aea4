/** The command line: words in, an exit code out. Nothing here ends the process. */
import { type Invocation, parseArguments } from './arguments.ts';
import { runAudit } from './audit/audit.ts';
import { runAsk } from './ask/ask.ts';
import { runBench } from './bench/bench.ts';
import { runCheckData } from './data/check-data.ts';
import {
  runContractAdd,
  runContractDraft,
  runContractList,
  runContractRevoke,
  runContractShow,
  runContractSign,
  runGrantRevoke,
} from './contract/contract.ts';
import { configuredLanguage } from './configured-language.ts';
import { runDemo } from './demo/demo.ts';
import { EXIT } from './errors/exit-code.ts';
import { explainError } from './errors/explain-error.ts';
import { runFlagsAdd, runFlagsChange, runFlagsImport, runFlagsList } from './flags/flags.ts';
import { runInit } from './node/init.ts';
import { runKeptAnswer } from './ask/kept-answer.ts';
import { runLedgerShow, runLedgerVerify } from './ledger/ledger.ts';
import { chooseOperator } from './contract/operator-client.ts';
import { runOperatorAdd, runOperatorRemove } from './contract/operator.ts';
import { runMonitor } from './ledger/monitor.ts';
import { runPeerAdd } from './node/peer-add.ts';
import { runStatus, runStop } from './node/status.ts';
import { processSurroundings, type Surroundings } from './surroundings.ts';
import { chooseLanguage, type Texts, textsOf } from './texts.ts';
import { runUp } from './node/up.ts';

/** Runs one command. Never rejects: a failure is a text on standard error and a code. */
export async function runCli(args: readonly string[], surroundings?: Surroundings): Promise<number> {
  if (surroundings !== undefined) return await runIn(surroundings, args);
  const process = processSurroundings();
  try {
    return await runIn(process, args);
  } finally {
    process.close();
  }
}

async function runIn(surroundings: Surroundings, args: readonly string[]): Promise<number> {
  const { env, stdout } = surroundings;
  let texts = textsOf(chooseLanguage(args, env));
  try {
    const invocation = parseArguments(args, texts, stdout.columns);
    const folder = 'options' in invocation && 'folder' in invocation.options ? invocation.options.folder : undefined;
    if (folder !== undefined) texts = textsOf(chooseLanguage(args, env, await configuredLanguage(folder)));
    return await run(invocation, { ...surroundings, operator: chooseOperator(args, env) }, texts);
  } catch (error) {
    return explainError(error, surroundings, texts);
  }
}

type Asked = Extract<Invocation, { readonly options: unknown }>;
type OptionsOf = { readonly [A in Asked as A['kind']]: A['options'] };
type Commands = {
  readonly [K in keyof OptionsOf]: (options: OptionsOf[K], surroundings: Surroundings, texts: Texts) => Promise<number>;
};

const COMMANDS: Commands = {
  demo: (options, surroundings, texts) => runDemo(options, { surroundings, texts }),
  bench: (options, surroundings, texts) => runBench(options, { surroundings, texts }),
  init: runInit,
  'peer-add': runPeerAdd,
  up: runUp,
  ask: runAsk,
  answer: runKeptAnswer,
  'contract-draft': runContractDraft,
  'contract-show': runContractShow,
  'contract-sign': runContractSign,
  'contract-add': runContractAdd,
  'contract-list': runContractList,
  'contract-revoke': runContractRevoke,
  'grant-revoke': runGrantRevoke,
  'operator-add': runOperatorAdd,
  'operator-remove': runOperatorRemove,
  audit: runAudit,
  'ledger-verify': runLedgerVerify,
  'ledger-show': runLedgerShow,
  'flags-add': runFlagsAdd,
  'flags-import': runFlagsImport,
  'flags-change': runFlagsChange,
  'flags-list': runFlagsList,
  'check-data': runCheckData,
  status: runStatus,
  monitor: runMonitor,
  stop: runStop,
};

async function run(invocation: Invocation, surroundings: Surroundings, texts: Texts): Promise<number> {
  switch (invocation.kind) {
    case 'print':
      surroundings.stdout.write(invocation.text);
      return EXIT.ok;
    case 'nothing-asked':
      surroundings.stderr.write(invocation.text);
      return EXIT.usage;
    default:
      return await runCommand(invocation, surroundings, texts);
  }
}

function runCommand<K extends keyof OptionsOf>(
  { kind, options }: { readonly kind: K; readonly options: OptionsOf[K] },
  surroundings: Surroundings,
  texts: Texts,
): Promise<number> {
  return COMMANDS[kind](options, surroundings, texts);
}
