/** What is in the record of a run, found by its sections: see `audit-sections.ts`. */
import { fromHex } from '../crypto/bytes.ts';
import type { PartyId } from '../kit/party.ts';
import {
  type AuditHead,
  type AuditSection,
  damagedRecord,
  decodeHeader,
  LENGTHS_BYTES,
  MAX_BODY_BYTES,
  MAX_HEADER_BYTES,
  type RowsOf,
} from './audit-sections.ts';
import { readRowLine, type RowBatch } from './row-lines.ts';

/** Where a record is; sections are found by reading their lengths, bodies are read when they are needed. */
export interface RecordBytes {
  readonly size: number;
  /** @throws when there are not so many bytes from there on */
  read(offset: number, length: number): Promise<Uint8Array>;
}

export interface Place {
  readonly offset: number;
  readonly length: number;
}

/** A message that came, in parts. */
export interface TakenMessage {
  readonly message: string;
  /** How many messages had left on the same channel to the same peer when it came. */
  readonly sentBefore: number;
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
  /** Of the frozen list that `held` is; undefined where it is none. */
  readonly salt: string | undefined;
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
    if (headerBytes > MAX_HEADER_BYTES || bodyBytes > MAX_BODY_BYTES) throw damagedRecord();
    const body = { offset: offset + LENGTHS_BYTES + headerBytes, length: bodyBytes };
    if (body.offset + body.length > bytes.size) break;
    index.add(decodeHeader(await bytes.read(offset + LENGTHS_BYTES, headerBytes)), body);
    offset = body.offset + body.length;
  }
  return index.record();
}

class RecordIndex {
  readonly #taken = new Map<string, { message: string; sentBefore: number; parts: Place[]; ended: boolean }[]>();
  readonly #sent = new Map<string, SentMessage[]>();
  readonly #rows: Record<RowsOf, Place[]> = { asked: [], held: [] };
  readonly #signatures = new Map<string, Uint8Array>();
  #head: AuditHead | undefined;
  #sid: string | undefined;
  #salt: string | undefined;
  #order = 0;

  add(header: AuditSection, body: Place): void {
    if ((this.#head === undefined) !== (header.section === 'head')) throw damagedRecord();
    switch (header.section) {
      case 'head':
        this.#head = header;
        return;
      case 'rows':
        this.#rows[header.list].push(body);
        return;
      case 'salt':
        this.#salt = header.salt;
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
    if (this.#head === undefined) throw damagedRecord();
    const taken = new Map([...this.#taken].map(([lane, messages]) => [lane, messages.filter(({ ended }) => ended)]));
    return {
      head: this.#head,
      taken,
      sent: this.#sent,
      rows: this.#rows,
      salt: this.#salt,
      signatures: this.#signatures,
      sid: this.#sid,
    };
  }

  #addTaken(header: Extract<AuditSection, { readonly section: 'taken' }>, body: Place): void {
    const name = laneOf(header.peer, header.channel);
    const lane = entry(this.#taken, name);
    let last = lane.at(-1);
    if (last === undefined || last.ended) {
      const sentBefore = this.#sent.get(name)?.length ?? 0;
      lane.push((last = { message: header.message, sentBefore, parts: [], ended: false }));
    }
    if (last.message !== header.message) throw damagedRecord();
    last.parts.push(body);
    last.ended = header.last;
  }
}

/** Lines of the record's rows, one a batch. */
export async function* recordedLines(bytes: RecordBytes, places: readonly Place[]): AsyncGenerator<string> {
  for (const { offset, length } of places) yield new TextDecoder().decode(await bytes.read(offset, length));
}

/** The rows of the record. @throws UsageError `bad-input` */
export async function* recordedRows(bytes: RecordBytes, places: readonly Place[]): AsyncGenerator<RowBatch> {
  for await (const line of recordedLines(bytes, places)) yield batchOf(line);
}

function batchOf(line: string): RowBatch {
  try {
    const read = readRowLine(line);
    if (!('salt' in read)) return read;
  } catch {
    // It names accounts: nothing of it is passed on.
  }
  throw damagedRecord();
}

function entry<T>(map: Map<string, T[]>, key: string): T[] {
  let found = map.get(key);
  if (found === undefined) map.set(key, (found = []));
  return found;
}
