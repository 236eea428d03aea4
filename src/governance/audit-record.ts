/**
 * The record from which one run of one party can be executed again: what was agreed, the seed of all its randomness, its
 * own rows, every message it was sent, and a digest of every message that it sent itself. Nothing else, and nothing that
 * the party's own software did not have anyway.
 *
 * A sequence of sections, each with a header of canonical JSON and a body:
 *
 *   length of the header (u32 LE) · length of the body (u32 LE) · header · body
 *
 * Secret as the run itself: seed and received messages give all keys and shares of the party. It stays where the node's
 * store is, for as many days as the contract says.
 */
import { concatBytes, fromHex, toHex, u32le, utf8 } from '../crypto/bytes.ts';
import { HASH_BYTES } from '../crypto/hash.ts';
import { SEED_BYTES } from '../crypto/prg.ts';
import { SIGNATURE_BYTES } from '../crypto/signature.ts';
import { UsageError } from '../errors.ts';
import { canonicalJson } from '../kit/canonical.ts';
import { PARTY_NAME, type PartyId, partyId } from '../kit/party.ts';
import {
  constant,
  hex,
  list,
  moment,
  optional,
  type Read,
  record,
  strings,
  text,
  union,
  whole,
} from './strict-json.ts';

/** What the run was, as all parties agreed on it: enough to execute it from nothing but this file. */
export interface AuditHead {
  readonly section: 'head';
  readonly v: 1;
  /** The run's name on the links. */
  readonly run: string;
  readonly self: PartyId;
  readonly initiator: PartyId;
  /** The offer as it is on the wire: protocol, parameters, parties with their keys, contract, rules. */
  readonly offer: string;
  readonly question: string;
  readonly seed: string;
  readonly startedAt: string;
  /** From then on the record is removed. */
  readonly keepUntil: string;
}

export type AuditSection =
  | AuditHead
  /** A batch of own rows; the body is their JSON. */
  | { readonly section: 'rows'; readonly list: RowsOf }
  /** A part of a message that came; the body is its bytes. */
  | {
      readonly section: 'taken';
      readonly peer: PartyId;
      readonly channel: string;
      readonly message: string;
      readonly last: boolean;
    }
  /** A message that left. */
  | {
      readonly section: 'sent';
      readonly peer: PartyId;
      readonly channel: string;
      readonly message: string;
      readonly bytes: number;
      readonly digest: string;
    }
  /** An own signature of the run, by the hash of what it is over: they went to the others, and a seed does not give them. */
  | { readonly section: 'signature'; readonly over: string; readonly signature: string }
  /** The roles ended. Absent where the run failed before. */
  | { readonly section: 'end'; readonly sid: string };

/** What a party asks about, or answers from. */
export type RowsOf = 'asked' | 'held';

const LENGTHS_BYTES = 8;
/** An offer has 64 KiB at most. */
const MAX_HEADER_BYTES = 262_144;
/** A part of a message, or a batch of rows. */
const MAX_BODY_BYTES: number = 32 * 2 ** 20;

export function encodeSection(header: AuditSection, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  // Made of strings, booleans and safe integers alone.
  const bytes = utf8(canonicalJson(header) ?? '');
  return concatBytes(u32le(bytes.length), u32le(body.length), bytes, body);
}

const party: Read<PartyId> = (value, path) => partyId(strings(PARTY_NAME)(value, path));
const boolean: Read<boolean> = (value, path) => (value === true ? true : constant(false)(value, path));
// As they may be on the wire.
const channel = strings(/^[a-z0-9:/._-]{1,200}$/);
const message = strings(/^[a-z0-9-]{1,64}$/);

type SectionOf<K extends AuditSection['section']> = Extract<AuditSection, { readonly section: K }>;
const SECTIONS: { readonly [K in AuditSection['section']]: Read<SectionOf<K>> } = {
  head: record<AuditHead>({
    section: constant('head'),
    v: constant(1),
    run: hex(16),
    self: party,
    initiator: party,
    offer: text(65_536),
    question: party,
    seed: hex(SEED_BYTES),
    startedAt: moment,
    keepUntil: moment,
  }),
  rows: record({ section: constant('rows'), list: union(['asked', 'held']) }),
  taken: record({ section: constant('taken'), peer: party, channel, message, last: boolean }),
  sent: record({
    section: constant('sent'),
    peer: party,
    channel,
    message,
    bytes: whole(0, 2 ** 40),
    digest: hex(HASH_BYTES),
  }),
  signature: record({ section: constant('signature'), over: hex(HASH_BYTES), signature: hex(SIGNATURE_BYTES) }),
  end: record({ section: constant('end'), sid: hex(HASH_BYTES) }),
};
const NAMES = ['head', 'rows', 'taken', 'sent', 'signature', 'end'] as const;

const section: Read<AuditSection> = (value, path) => {
  const name: unknown = typeof value === 'object' && value !== null && 'section' in value ? value.section : undefined;
  return SECTIONS[union(NAMES)(name, path)](value, path);
};

/** Rows of an own list, as a run reads them. */
export interface RecordedRows {
  readonly accounts: readonly string[];
  readonly scores?: Uint32Array;
  readonly columns?: Readonly<Record<string, readonly Uint8Array[]>>;
}

/** Rows of one batch at most. */
const MAX_ROWS = 65_536;
const MAX_COLUMNS = 64;
const cells = list(strings(/^[0-9a-f]*$/), MAX_ROWS);
const rowsBody = record({
  accounts: list(text(128), MAX_ROWS),
  scores: optional(list(whole(0, 2 ** 32 - 1), MAX_ROWS)),
  /** By name: contents of columns that were asked for. */
  columns: optional(list(named(cells), MAX_COLUMNS)),
});

function named<T>(read: Read<T>): Read<readonly [string, T]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length !== 2) throw damaged();
    return [strings(/^.{1,64}$/u)(value[0], path), read(value[1], path)];
  };
}

export function encodeRows({ accounts, scores, columns }: RecordedRows): Uint8Array {
  const body = {
    accounts,
    ...(scores === undefined ? {} : { scores: [...scores] }),
    ...(columns === undefined ? {} : { columns: Object.entries(columns).map(([name, own]) => [name, own.map(toHex)]) }),
  };
  return utf8(JSON.stringify(body));
}

/** Where a record is; sections are found by reading their lengths, bodies are read when they are needed. */
export interface RecordBytes {
  readonly size: number;
  /** @throws when there are not so many bytes from there on */
  read(offset: number, length: number): Promise<Uint8Array>;
}

interface Place {
  readonly offset: number;
  readonly length: number;
}

/** A message that came, in parts. */
export interface TakenMessage {
  readonly message: string;
  readonly parts: readonly Place[];
}

/** A message that left; `order` is its place among all that left. */
export interface SentMessage {
  readonly peer: PartyId;
  readonly channel: string;
  readonly message: string;
  /** Which of its channel to this peer, from 0. */
  readonly number: number;
  readonly digest: string;
  readonly order: number;
}

export interface AuditRecord {
  readonly head: AuditHead;
  readonly taken: ReadonlyMap<string, readonly TakenMessage[]>;
  readonly sent: ReadonlyMap<string, readonly SentMessage[]>;
  readonly rows: Readonly<Record<RowsOf, readonly Place[]>>;
  readonly signatures: ReadonlyMap<string, Uint8Array>;
  /** The run id; undefined where the run failed before its end. */
  readonly sid: string | undefined;
}

/** Names the messages of one peer and channel in a record. */
export function laneOf(peer: PartyId, onChannel: string): string {
  return `${peer} ${onChannel}`;
}

/** Reads what is in a record. A last section that a crash cut short is left out. @throws UsageError `bad-input` */
export async function readAuditRecord(bytes: RecordBytes): Promise<AuditRecord> {
  const index = new RecordIndex();
  let offset = 0;
  while (offset + LENGTHS_BYTES <= bytes.size) {
    const lengths = new DataView((await bytes.read(offset, LENGTHS_BYTES)).slice().buffer);
    const [headerBytes, bodyBytes] = [lengths.getUint32(0, true), lengths.getUint32(4, true)];
    if (headerBytes > MAX_HEADER_BYTES || bodyBytes > MAX_BODY_BYTES) throw damaged();
    const body = { offset: offset + LENGTHS_BYTES + headerBytes, length: bodyBytes };
    if (body.offset + body.length > bytes.size) break;
    index.add(decodeHeader(await bytes.read(offset + LENGTHS_BYTES, headerBytes)), body);
    offset = body.offset + body.length;
  }
  return index.record();
}

function decodeHeader(bytes: Uint8Array): AuditSection {
  try {
    const header = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return section(JSON.parse(header), '');
  } catch {
    // It may hold a seed: nothing of it is passed on.
    throw damaged();
  }
}

class RecordIndex {
  readonly #taken = new Map<string, { message: string; parts: Place[]; ended: boolean }[]>();
  readonly #sent = new Map<string, SentMessage[]>();
  readonly #rows: Record<RowsOf, Place[]> = { asked: [], held: [] };
  readonly #signatures = new Map<string, Uint8Array>();
  #head: AuditHead | undefined;
  #sid: string | undefined;
  #order = 0;

  add(header: AuditSection, body: Place): void {
    if ((this.#head === undefined) !== (header.section === 'head')) throw damaged();
    switch (header.section) {
      case 'head':
        this.#head = header;
        return;
      case 'rows':
        this.#rows[header.list].push(body);
        return;
      case 'taken':
        this.#addTaken(header, body);
        return;
      case 'sent': {
        const { peer, channel: on, message: name, digest } = header;
        const lane = entry(this.#sent, laneOf(peer, on));
        lane.push({ peer, channel: on, message: name, digest, number: lane.length, order: this.#order++ });
        return;
      }
      case 'signature':
        this.#signatures.set(header.over, fromHex(header.signature));
        return;
      case 'end':
        this.#sid = header.sid;
        return;
      default:
        header satisfies never;
    }
  }

  record(): AuditRecord {
    if (this.#head === undefined) throw damaged();
    const taken = new Map([...this.#taken].map(([lane, messages]) => [lane, messages.filter(({ ended }) => ended)]));
    return {
      head: this.#head,
      taken,
      sent: this.#sent,
      rows: this.#rows,
      signatures: this.#signatures,
      sid: this.#sid,
    };
  }

  #addTaken(header: SectionOf<'taken'>, body: Place): void {
    const lane = entry(this.#taken, laneOf(header.peer, header.channel));
    let last = lane.at(-1);
    if (last === undefined || last.ended) lane.push((last = { message: header.message, parts: [], ended: false }));
    if (last.message !== header.message) throw damaged();
    last.parts.push(body);
    last.ended = header.last;
  }
}

/** Rows of the record, batch by batch. @throws UsageError `bad-input` */
export async function* recordedRows(bytes: RecordBytes, places: readonly Place[]): AsyncGenerator<RecordedRows> {
  for (const { offset, length } of places) yield decodeRows(await bytes.read(offset, length));
}

function decodeRows(bytes: Uint8Array): RecordedRows {
  try {
    const { accounts, scores, columns } = rowsBody(
      JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)),
      '',
    );
    return {
      accounts,
      ...(scores === undefined ? {} : { scores: Uint32Array.from(scores) }),
      ...(columns === undefined ? {} : { columns: cellsOf(columns) }),
    };
  } catch {
    // It names accounts: nothing of it is passed on.
    throw damaged();
  }
}

function cellsOf(columns: readonly (readonly [string, readonly string[]])[]): RecordedRows['columns'] {
  return Object.fromEntries(columns.map(([name, cells]) => [name, cells.map(fromHex)]));
}

function entry<T>(map: Map<string, T[]>, key: string): T[] {
  let found = map.get(key);
  if (found === undefined) map.set(key, (found = []));
  return found;
}

function damaged(): UsageError {
  return new UsageError('Cannot audit: the record of the run is damaged', {
    code: 'bad-input',
    phase: 'audit/record',
    remedy: 'restore the record from a backup; without it the run cannot be executed again',
  });
}
