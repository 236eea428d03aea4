/** The commands around a node: from words to a checked command. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ArgumentError } from './argument-error.ts';
import { checkChoice } from './choice.ts';
import { PARTY_NAME } from '../kit/party.ts';
import { type FaultTexts, LANGUAGES, type Texts } from './texts.ts';

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

export interface AskFlagOptions {
  readonly folder: string;
  readonly question: string | undefined;
  readonly format: AnswerFormat;
  readonly out: string | undefined;
}

export interface NodeOptions {
  readonly folder: string;
  readonly json: boolean;
}

export type NodeInvocation =
  | { readonly kind: 'init'; readonly options: InitOptions }
  | { readonly kind: 'peer-add'; readonly options: PeerAddOptions }
  | { readonly kind: 'ask'; readonly options: AskFlagOptions }
  | { readonly kind: 'up' | 'status' | 'stop'; readonly options: NodeOptions };

type Given = Readonly<Record<string, unknown>>;

export function describeNodeCommands(
  program: Command,
  { help, faults }: Texts,
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
    .usage('[options] flag [dir]')
    .option('--question <name>', node.question)
    .option('--format <format>', node.format)
    .option('--out <file>', node.out)
    .option('--json', node.askJson)
    .action((protocol: string, dir: string | undefined, _own: unknown, command: Command) =>
      onCommand(() => {
        checkChoice('ask', protocol, ['flag'], faults);
        return { kind: 'ask', options: askOptions(dir, optionsOf(command, faults), faults) };
      }),
    );

  const simple = [
    ['up', node.up, node.upJson],
    ['status', node.status, node.nodeJson],
    ['stop', node.stop, node.nodeJson],
  ] as const;
  for (const [kind, description, json] of simple) {
    describe(program, `${kind} [dir]`, description)
      .option('--json', json)
      .action((dir: string | undefined, _own: unknown, command: Command) =>
        onCommand(() => {
          const given = optionsOf(command, faults);
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

function askOptions(dir: string | undefined, given: Given, faults: FaultTexts): AskFlagOptions {
  const format = checkChoice('--format', given['format'], FORMATS, faults);
  const out = text(given['out']);
  return {
    folder: resolve(dir ?? '.'),
    question: text(given['question']),
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
