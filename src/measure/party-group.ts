/**
 * The parties of a measured question, a process each, over WebSockets and Noise on this machine. The measuring process only tells them
 * what to do; it is on no path between them.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { toHex } from '../crypto/bytes.ts';
import { InternalError } from '../errors.ts';
import { systemRng } from '../kit/clock.ts';
import type { PartyId } from '../kit/party.ts';
import { postedError } from '../node/workers/posted-error.ts';
import type { MeasuredQuestion, QuestionSettings } from './part.ts';
import type { PartyAddress, PartyCost, PartyReply, PartyRequest } from './party-messages.ts';

export interface PartyGroupOptions {
  readonly question: MeasuredQuestion;
  /** All parties of these take part; runs of other sizes follow. */
  readonly settings: QuestionSettings;
  /** The program of a party, a compiled file that calls `serveParty`. */
  readonly program: URL;
  /** Worker threads of every party; 0: it computes in the thread that also sends and receives. */
  readonly threads: number;
  /** Another Node. Default: the one that runs this. */
  readonly node?: string;
  /** The port to dial in place of a party's own: that of what lies between two parties. */
  readonly route?: (port: number) => Promise<number>;
  readonly signal?: AbortSignal;
}

/** One run at all parties. */
export interface MeasuredRun {
  /** At the party that asks. */
  readonly wallMs: number;
  readonly correct: boolean;
  readonly protocol: string;
  readonly securityModel: string;
  readonly rounds: number;
  readonly failureLog2: number;
  readonly parties: readonly PartyCost[];
}

export interface RunChoice {
  /** With the base transfers of earlier runs, where there were any. */
  readonly keep: boolean;
  /** CPU time by job as well, which costs some itself. */
  readonly profile?: boolean;
}

export class PartyGroup {
  readonly #question: MeasuredQuestion;
  readonly #parties: ReadonlyMap<PartyId, PartyProcess>;
  #settings: QuestionSettings | undefined;
  #cleanUp = (): void => undefined;

  private constructor(question: MeasuredQuestion, parties: ReadonlyMap<PartyId, PartyProcess>) {
    this.#question = question;
    this.#parties = parties;
  }

  /** Resolves when every two of them are connected. @throws what kept a party from it */
  static async start(options: PartyGroupOptions): Promise<PartyGroup> {
    const {
      question,
      settings,
      program,
      threads,
      node,
      signal,
      route = (port: number) => Promise.resolve(port),
    } = options;
    if (!existsSync(fileURLToPath(program))) {
      throw new InternalError('Cannot measure: the program of a party is not compiled', {
        code: 'internal',
        phase: 'measure',
        remedy: "run 'npm run build'",
      });
    }
    signal?.throwIfAborted();
    const names = question.parties(settings).all;
    const processes = new Map(names.map((name) => [name, new PartyProcess(name, fileURLToPath(program), node)]));
    const group = new PartyGroup(question, processes);
    group.#stopOn(signal);
    try {
      const places = await group.#ask((name) => ({ kind: 'begin', name, threads }), 'listening');
      await group.#connect(places, route);
      return group;
    } catch (error) {
      await group.stop();
      signal?.throwIfAborted();
      throw error;
    }
  }

  /** Runs once. What has to be made up for it is made first. */
  async run(settings: QuestionSettings, { keep, profile = false }: RunChoice): Promise<MeasuredRun> {
    if (this.#settings !== settings) {
      await this.#ask(() => ({ kind: 'prepare', settings }), 'ready');
      this.#settings = settings;
    }
    const runName = toHex(systemRng(16));
    await this.#ask(() => ({ kind: 'open', runName }), 'ready');
    const replies = await this.#ask(() => ({ kind: 'run', keep, profile }), 'ran');
    const { asker } = this.#question.parties(settings);
    const own = replies.get(asker);
    if (own === undefined) throw noAnswer();
    const { protocol, securityModel, rounds, failureLog2 } = own;
    const all = [...replies.values()];
    return {
      wallMs: own.cost.wallMs,
      correct: all.every(({ correct }) => correct),
      protocol,
      securityModel,
      rounds,
      failureLog2,
      parties: all.map(({ cost }) => cost),
    };
  }

  async stop(): Promise<void> {
    this.#cleanUp();
    await Promise.all([...this.#parties.values()].map((party) => party.stop()));
  }

  #stopOn(signal: AbortSignal | undefined): void {
    const stop = (): void => void this.stop();
    signal?.addEventListener('abort', stop, { once: true });
    this.#cleanUp = () => signal?.removeEventListener('abort', stop);
  }

  /** Later ones dial earlier ones, so that every pair has one connection. */
  async #connect(
    places: ReadonlyMap<PartyId, Extract<PartyReply, { readonly kind: 'listening' }>>,
    route: (port: number) => Promise<number>,
  ): Promise<void> {
    const lists = new Map<PartyId, PartyAddress[]>();
    const order = [...places.keys()];
    for (const [index, self] of order.entries()) {
      const list: PartyAddress[] = [];
      for (const [other, { card, port }] of places) {
        if (other === self) continue;
        const dials = order.indexOf(other) < index;
        list.push(dials ? { card, url: `ws://127.0.0.1:${await route(port)}` } : { card });
      }
      lists.set(self, list);
    }
    await this.#ask((name) => ({ kind: 'peers', peers: lists.get(name) ?? [] }), 'ready');
  }

  /** Asks all at once. Where one fails the others, who may wait for it, are not waited for. */
  async #ask<K extends PartyReply['kind']>(
    request: (name: PartyId) => PartyRequest,
    kind: K,
  ): Promise<ReadonlyMap<PartyId, Extract<PartyReply, { readonly kind: K }>>> {
    const replies = [...this.#parties].map(async ([name, party]) => {
      const reply = await party.ask(request(name));
      if (!isOfKind(reply, kind)) throw noAnswer();
      return [name, reply] as const;
    });
    return new Map(await Promise.all(replies));
  }
}

function noAnswer(): InternalError {
  return new InternalError('Cannot measure: a party answers something else', { code: 'internal', phase: 'measure' });
}

function isOfKind<K extends PartyReply['kind']>(
  reply: PartyReply,
  kind: K,
): reply is Extract<PartyReply, { readonly kind: K }> {
  return reply.kind === kind;
}

/** One party's process; it answers one request at a time. */
class PartyProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #waiting: { readonly resolve: (reply: PartyReply) => void; readonly reject: (error: unknown) => void } | undefined;
  #gone: InternalError | undefined;
  #errors = '';

  constructor(name: PartyId, program: string, node: string | undefined) {
    this.#child = fork(program, [], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      ...(node === undefined ? {} : { execPath: node }),
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#errors += text));
    this.#child.on('message', (reply: PartyReply) => this.#replied(reply));
    // A program that cannot be started has no exit.
    this.#child.on('error', (error) => this.#end(name, error));
    this.#ended = new Promise((done) => {
      this.#child.once('close', () => {
        this.#end(name, new Error(this.#errors));
        done();
      });
    });
  }

  ask(request: PartyRequest): Promise<PartyReply> {
    return new Promise((resolve, reject) => {
      if (this.#gone !== undefined) {
        reject(this.#gone);
        return;
      }
      this.#waiting = { resolve, reject };
      this.#child.send(request, (error) => {
        // Why the process is gone says its end, which follows.
        if (error !== null && this.#gone !== undefined) reject(this.#gone);
      });
    });
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  #replied(reply: PartyReply): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (reply.kind === 'failed') waiting?.reject(postedError(reply.error));
    else waiting?.resolve(reply);
  }

  #end(party: PartyId, cause: unknown): void {
    this.#gone ??= new InternalError("Cannot measure: a party's process ended", {
      code: 'internal',
      phase: 'measure',
      party,
      remedy: 'look at the memory of the machine, or measure fewer accounts',
      cause,
    });
    this.#waiting?.reject(this.#gone);
    this.#waiting = undefined;
  }
}
