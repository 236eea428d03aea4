/** The commands around a node: from words to a checked command. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ArgumentError } from '../errors/argument-error.ts';
import { checkChoice } from '../screen/choice.ts';
import { PARTY_NAME } from '../../kit/party.ts';
import { addCommand, addGroup, folderOf, type Given, givenOptions, textOf } from '../subcommands.ts';
import type { FaultTexts, Texts } from '../texts.ts';
import { checkRange, wholeNumber } from '../screen/whole-number.ts';

export interface InitOptions {
  readonly folder: string;
  readonly name: string | undefined;
  /** undefined where it is not given. A configuration that is there says it, and no other is taken. */
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

type OnNode = (invocation: () => NodeInvocation) => void;

export function describeNodeCommands(program: Command, texts: Texts, onCommand: OnNode): void {
  describeSetUp(program, texts, onCommand);
  describeAsking(program, texts, onCommand);
  describeRunning(program, texts, onCommand);
}

function describeSetUp(program: Command, { help, faults }: Texts, onCommand: OnNode): void {
  const { node } = help;
  addCommand(program, 'init [dir]', { about: node.init, help })
    .option('--name <name>', node.name)
    .option('--listen <host:port>', node.listen)
    .option('--url <url>', node.url)
    .action((dir: string | undefined, _own: unknown, command: Command) =>
      onCommand(() => ({ kind: 'init', options: initOptions(dir, givenOptions(command, faults), faults) })),
    );

  const peer = addGroup(program, 'peer', { about: node.peer, help });
  addCommand(peer, 'add <dir> [card-files...]', { about: node.peerAdd, help })
    .option('--card <card>', node.card)
    .option('--url <url>', node.peerUrl)
    .action((dir: string, files: readonly string[], _own: unknown, command: Command) =>
      onCommand(() => ({
        kind: 'peer-add',
        options: peerAddOptions(dir, files, givenOptions(command, faults), faults),
      })),
    );
}

function describeAsking(program: Command, { help, faults }: Texts, onCommand: OnNode): void {
  const { node } = help;
  addCommand(program, 'ask <protocol> [dir]', { about: node.ask, help })
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
      onCommand(() => ({ kind: 'ask', options: askOptions({ protocol, dir }, givenOptions(command, faults), faults) })),
    );

  addCommand(program, 'answer <run> [dir]', { about: node.answer, help })
    .option('--as <name>', node.as)
    .option('--format <format>', node.format)
    .option('--out <file>', node.out)
    .option('--json', node.askJson)
    .action((run: string, dir: string | undefined, _own: unknown, command: Command) =>
      onCommand(() => ({
        kind: 'answer',
        options: { run: runName(run, faults), ...outputOptions(dir, givenOptions(command, faults), faults) },
      })),
    );
}

function describeRunning(program: Command, { help, faults, monitor }: Texts, onCommand: OnNode): void {
  const { node } = help;
  addCommand(program, 'check-data [dir]', { about: node.checkData, help })
    .option('--question <name>', node.checkQuestion)
    .option('--json', node.nodeJson)
    .action((dir: string | undefined, _own: unknown, command: Command) =>
      onCommand(() => {
        const given = givenOptions(command, faults);
        const question = textOf(given['question']);
        return { kind: 'check-data', options: { folder: folderOf(dir), json: given['json'] === true, question } };
      }),
    );

  const simple = [
    ['up', node.up, node.upJson],
    ['status', node.status, node.nodeJson],
    ['monitor', monitor.help.about, monitor.help.json],
    ['stop', node.stop, node.nodeJson],
  ] as const;
  for (const [kind, description, json] of simple) {
    const command = addCommand(program, `${kind} [dir]`, { about: description, help });
    if (kind !== 'up') command.option('--as <name>', node.as);
    command.option('--json', json).action((dir: string | undefined, _own: unknown, asked: Command) =>
      onCommand(() => {
        const given = givenOptions(asked, faults);
        return { kind, options: { folder: folderOf(dir), json: given['json'] === true } };
      }),
    );
  }
}

function initOptions(dir: string | undefined, given: Given, faults: FaultTexts): InitOptions {
  const name = textOf(given['name']);
  if (name !== undefined && !PARTY_NAME.test(name)) throw new ArgumentError(faults.node.badName());
  const listen = textOf(given['listen']);
  return {
    folder: folderOf(dir),
    name,
    listen: listen === undefined ? undefined : parseAddress(listen, faults),
    url: webSocketUrl('--url', textOf(given['url']), faults),
  };
}

function peerAddOptions(dir: string, files: readonly string[], given: Given, faults: FaultTexts): PeerAddOptions {
  const card = textOf(given['card']);
  const url = webSocketUrl('--url', textOf(given['url']), faults);
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
  const peer = textOf(given['peer']);
  if (protocol === 'flag' && peer !== undefined) throw new ArgumentError(faults.node.peerOfFlag());
  const onlyNew = given['onlyNew'] === true;
  if (protocol !== 'flag' && onlyNew) throw new ArgumentError(faults.node.onlyNewOfOverlap());
  const waitSeconds = wholeNumber('--wait', given['wait'] ?? DEFAULT_WAIT_SECONDS, faults);
  checkRange('--wait', waitSeconds, { min: 0, max: MAX_WAIT_SECONDS }, faults);
  const question = textOf(given['question']);
  return { protocol, peer, onlyNew, waitSeconds, question, ...outputOptions(words.dir, given, faults) };
}

/** As `status` shows it, in full or the first eight digits and more. */
export function runName(run: string, faults: FaultTexts): string {
  if (/^[0-9a-f]{8,32}$/.test(run)) return run;
  throw new ArgumentError(faults.node.badRun());
}

function outputOptions(dir: string | undefined, given: Given, faults: FaultTexts): OutputOptions {
  const format = checkChoice('--format', given['format'], FORMATS, faults);
  if (format !== undefined && format !== 'json' && given['json'] === true) {
    throw new ArgumentError(faults.twoOutputs('--format', '--json'));
  }
  const out = textOf(given['out']);
  return {
    folder: folderOf(dir),
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
  if (url !== undefined && !isWebSocketUrl(url)) throw new ArgumentError(faults.node.badUrl(option));
  return url;
}

export function isWebSocketUrl(url: string): boolean {
  return URL.canParse(url) && /^wss?:$/.test(new URL(url).protocol) && new URL(url).hostname !== '';
}
