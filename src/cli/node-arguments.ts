/** The commands around a node: from words to a checked command. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ArgumentError } from './argument-error.ts';
import { checkChoice } from './choice.ts';
import { PARTY_NAME } from '../kit/party.ts';
import { type FaultTexts, LANGUAGES, type Texts } from './texts.ts';
import { checkRange, wholeNumber } from './whole-number.ts';

export interface InitOptions {
  readonly folder: string;
  readonly name: string | undefined;
  /** undefined where it is not given: a configuration that is there says it. */
  readonly listen: Address | undefined;
  readonly url: string | undefined;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface PeerAddOptions {
  readonly folder: string;
  readonly cardFiles: readonly string[];
  readonly card: string | undefined;
  readonly url: string | undefined;
}

export const FORMATS = ['table', 'csv', 'json'] as const;
export type AnswerFormat = (typeof FORMATS)[number];

export const PROTOCOLS = ['flag', 'overlap'] as const;

/** A node starts within seconds, also on a machine that starts several. */
const DEFAULT_WAIT_SECONDS = '30';
const MAX_WAIT_SECONDS = 3600;

interface OutputOptions {
  readonly folder: string;
  readonly format: AnswerFormat;
  readonly out: string | undefined;
}

export interface AskOptions extends OutputOptions {
  readonly protocol: (typeof PROTOCOLS)[number];
  readonly question: string | undefined;
  /** Whom to ask, where the protocol asks one institution. */
  readonly peer: string | undefined;
  /** Only accounts that no question with this option was answered about in the period. */
  readonly onlyNew: boolean;
  /** Time for the node to start and for its peers to connect. */
  readonly waitSeconds: number;
}

export interface KeptAnswerOptions extends OutputOptions {
  /** The run's name, or its first digits. */
  readonly run: string;
}

export interface NodeOptions {
  readonly folder: string;
  readonly json: boolean;
}

export interface CheckDataOptions extends NodeOptions {
  readonly question: string | undefined;
}

export type NodeInvocation =
  | { readonly kind: 'check-data'; readonly options: CheckDataOptions }
  | { readonly kind: 'init'; readonly options: InitOptions }
  | { readonly kind: 'peer-add'; readonly options: PeerAddOptions }
  | { readonly kind: 'ask'; readonly options: AskOptions }
  | { readonly kind: 'answer'; readonly options: KeptAnswerOptions }
  | { readonly kind: 'up' | 'status' | 'monitor' | 'stop'; readonly options: NodeOptions };

type Given = Readonly<Record<string, unknown>>;

export function describeNodeCommands(
  program: Command,
  { help, faults, monitor }: Texts,
  onCommand: (invocation: () => NodeInvocation) => void,
): void {
  const describe = (parent: Command, usage: string, description: string): Command =>
    parent
      .command(usage)
      .description(description)
      .option('--lang <language>', help.language)
      .helpOption('-h, --help', help.help)
      .allowExcessArguments(false);
  const { node } = help;

  describe(program, 'init [dir]', node.init)
    .option('--name <name>', node.name)
    .option('--listen <host:port>', node.listen)
    .option('--url <url>', node.url)
    .action((dir: string | undefined, _own: unknown, command: Command) =>
      onCommand(() => ({ kind: 'init', options: initOptions(dir, optionsOf(command, faults), faults) })),
    );

  const peer = program
    .command('peer')
    .description(node.peer)
    .helpOption('-h, --help', help.help)
    .helpCommand(false)
    .copyInheritedSettings(program);
  describe(peer, 'add <dir> [card-files...]', node.peerAdd)
    .option('--card <card>', node.card)
    .option('--url <url>', node.peerUrl)
    .action((dir: string, files: readonly string[], _own: unknown, command: Command) =>
      onCommand(() => ({ kind: 'peer-add', options: peerAddOptions(dir, files, optionsOf(command, faults), faults) })),
    );

  describe(program, 'ask <protocol> [dir]', node.ask)
    .usage(`[options] ${PROTOCOLS.join('|')} [dir]`)
    .option('--question <name>', node.question)
    .option('--peer <name>', node.askPeer)
    .option('--only-new', node.askOnlyNew)
    .option('--wait <seconds>', node.askWait)
    .option('--as <name>', node.as)
    .option('--format <format>', node.format)
    .option('--out <file>', node.out)
    .option('--json', node.askJson)
    .action((protocol: string, dir: string | undefined, _own: unknown, command: Command) =>
      onCommand(() => ({ kind: 'ask', options: askOptions({ protocol, dir }, optionsOf(command, faults), faults) })),
    );

  describe(program, 'answer <run> [dir]', node.answer)
    .option('--as <name>', node.as)
    .option('--format <format>', node.format)
    .option('--out <file>', node.out)
    .option('--json', node.askJson)
    .action((run: string, dir: string | undefined, _own: unknown, command: Command) =>
      onCommand(() => ({
        kind: 'answer',
        options: { run: runName(run, faults), ...outputOptions(dir, optionsOf(command, faults), faults) },
      })),
    );

  describe(program, 'check-data [dir]', node.checkData)
    .option('--question <name>', node.checkQuestion)
    .option('--json', node.nodeJson)
    .action((dir: string | undefined, _own: unknown, command: Command) =>
      onCommand(() => {
        const given = optionsOf(command, faults);
        const question = text(given['question']);
        return { kind: 'check-data', options: { folder: resolve(dir ?? '.'), json: given['json'] === true, question } };
      }),
    );

  const simple = [
    ['up', node.up, node.upJson],
    ['status', node.status, node.nodeJson],
    ['monitor', monitor.help.about, monitor.help.json],
    ['stop', node.stop, node.nodeJson],
  ] as const;
  for (const [kind, description, json] of simple) {
    const command = describe(program, `${kind} [dir]`, description);
    if (kind !== 'up') command.option('--as <name>', node.as);
    command.option('--json', json).action((dir: string | undefined, _own: unknown, asked: Command) =>
      onCommand(() => {
        const given = optionsOf(asked, faults);
        return { kind, options: { folder: resolve(dir ?? '.'), json: given['json'] === true } };
      }),
    );
  }
}

function optionsOf(command: Command, faults: FaultTexts): Given {
  const given: Given = command.optsWithGlobals();
  checkChoice('--lang', given['lang'], LANGUAGES, faults);
  return given;
}

function initOptions(dir: string | undefined, given: Given, faults: FaultTexts): InitOptions {
  const name = text(given['name']);
  if (name !== undefined && !PARTY_NAME.test(name)) throw new ArgumentError(faults.node.badName());
  const listen = text(given['listen']);
  return {
    folder: resolve(dir ?? '.'),
    name,
    listen: listen === undefined ? undefined : parseAddress(listen, faults),
    url: webSocketUrl('--url', text(given['url']), faults),
  };
}

function peerAddOptions(dir: string, files: readonly string[], given: Given, faults: FaultTexts): PeerAddOptions {
  const card = text(given['card']);
  const url = webSocketUrl('--url', text(given['url']), faults);
  if (card === undefined && url !== undefined) throw new ArgumentError(faults.node.urlWithoutCard());
  if (card === undefined && files.length === 0) throw new ArgumentError(faults.node.noCards());
  return { folder: resolve(dir), cardFiles: files, card, url };
}

function askOptions(
  words: { readonly protocol: string; readonly dir: string | undefined },
  given: Given,
  faults: FaultTexts,
): AskOptions {
  const protocol = checkChoice('ask', words.protocol, PROTOCOLS, faults) ?? PROTOCOLS[0];
  const peer = text(given['peer']);
  if (protocol === 'flag' && peer !== undefined) throw new ArgumentError(faults.node.peerOfFlag());
  const onlyNew = given['onlyNew'] === true;
  if (protocol !== 'flag' && onlyNew) throw new ArgumentError(faults.node.onlyNewOfOverlap());
  const waitSeconds = wholeNumber('--wait', given['wait'] ?? DEFAULT_WAIT_SECONDS, faults);
  checkRange('--wait', waitSeconds, { min: 0, max: MAX_WAIT_SECONDS }, faults);
  const question = text(given['question']);
  return { protocol, peer, onlyNew, waitSeconds, question, ...outputOptions(words.dir, given, faults) };
}

/** As `status` shows it, in full or the first eight digits and more. */
export function runName(run: string, faults: FaultTexts): string {
  if (/^[0-9a-f]{8,32}$/.test(run)) return run;
  throw new ArgumentError(faults.node.badRun());
}

function outputOptions(dir: string | undefined, given: Given, faults: FaultTexts): OutputOptions {
  const format = checkChoice('--format', given['format'], FORMATS, faults);
  const out = text(given['out']);
  return {
    folder: resolve(dir ?? '.'),
    format: given['json'] === true ? 'json' : (format ?? 'table'),
    out: out === undefined ? undefined : resolve(out),
  };
}

/** `host:port`; an IPv6 address stands in brackets. */
function parseAddress(address: string, faults: FaultTexts): Address {
  const found = /^(?:\[([0-9a-fA-F:.]+)\]|([^[\]:\s/]+)):(\d{1,5})$/.exec(address);
  const port = Number(found?.[3]);
  const host = found?.[1] ?? found?.[2];
  if (host === undefined || port > 65_535) throw new ArgumentError(faults.node.badListen());
  return { host, port };
}

/** @throws ArgumentError when it is something else */
export function webSocketUrl(option: string, url: string | undefined, faults: FaultTexts): string | undefined {
  if (url === undefined) return undefined;
  const isUrl = URL.canParse(url) && /^wss?:$/.test(new URL(url).protocol) && new URL(url).hostname !== '';
  if (!isUrl) throw new ArgumentError(faults.node.badUrl(option));
  return url;
}

function text(given: unknown): string | undefined {
  return typeof given === 'string' ? given : undefined;
}
