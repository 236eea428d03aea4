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
import { runOperatorAdd } from './contract/operator.ts';
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
    return await runCommand(invocation, { ...surroundings, operator: chooseOperator(args, env) }, texts);
  } catch (error) {
    return explainError(error, surroundings, texts);
  }
}

async function runCommand(invocation: Invocation, surroundings: Surroundings, texts: Texts): Promise<number> {
  const { stdout, stderr } = surroundings;
  switch (invocation.kind) {
    case 'print':
      stdout.write(invocation.text);
      return EXIT.ok;
    case 'nothing-asked':
      stderr.write(invocation.text);
      return EXIT.usage;
    case 'demo':
      return await runDemo(invocation.options, { surroundings, texts });
    case 'bench':
      return await runBench(invocation.options, { surroundings, texts });
    case 'init':
      return await runInit(invocation.options, surroundings, texts);
    case 'peer-add':
      return await runPeerAdd(invocation.options, surroundings, texts);
    case 'up':
      return await runUp(invocation.options, surroundings, texts);
    case 'ask':
      return await runAsk(invocation.options, surroundings, texts);
    case 'answer':
      return await runKeptAnswer(invocation.options, surroundings, texts);
    case 'contract-draft':
      return await runContractDraft(invocation.options, surroundings, texts);
    case 'contract-show':
      return await runContractShow(invocation.options, surroundings, texts);
    case 'contract-sign':
      return await runContractSign(invocation.options, surroundings, texts);
    case 'contract-add':
      return await runContractAdd(invocation.options, surroundings, texts);
    case 'contract-list':
      return await runContractList(invocation.options, surroundings, texts);
    case 'contract-revoke':
      return await runContractRevoke(invocation.options, surroundings, texts);
    case 'grant-revoke':
      return await runGrantRevoke(invocation.options, surroundings, texts);
    case 'operator-add':
      return await runOperatorAdd(invocation.options, surroundings, texts);
    case 'audit':
      return await runAudit(invocation.options, surroundings, texts);
    case 'ledger-verify':
      return await runLedgerVerify(invocation.options, surroundings, texts);
    case 'ledger-show':
      return await runLedgerShow(invocation.options, surroundings, texts);
    case 'flags-add':
      return await runFlagsAdd(invocation.options, surroundings, texts);
    case 'flags-import':
      return await runFlagsImport(invocation.options, surroundings, texts);
    case 'flags-change':
      return await runFlagsChange(invocation.options, surroundings, texts);
    case 'flags-list':
      return await runFlagsList(invocation.options, surroundings, texts);
    case 'check-data':
      return await runCheckData(invocation.options, surroundings, texts);
    case 'status':
      return await runStatus(invocation.options, surroundings, texts);
    case 'monitor':
      return await runMonitor(invocation.options, surroundings, texts);
    case 'stop':
      return await runStop(invocation.options, surroundings, texts);
    default:
      return invocation satisfies never;
  }
}
