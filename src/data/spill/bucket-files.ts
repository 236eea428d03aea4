/**
 * Fixed-size records in files by bucket: a 32-byte digest, whose last word chooses the bucket unless it is given, and some
 * 32-bit words.
 * Records of a bucket come back in the order in which they were added.
 *
 * Digests of accounts are personal information. Files have mode 0600 and AES-256 in counter mode over them (NIST SP
 * 800-38A), under a key that is drawn for one set of files and never leaves this process: after a kill the files say how
 * many records there were and no more. Not protected: whoever reads this process's memory, or changes its files.
 */
import { type Cipher, createCipheriv, createDecipheriv } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { asBytes, asWords } from '../../crypto/bytes.ts';
import { HASH_BYTES } from '../../crypto/hash.ts';
import type { Rng } from '../../crypto/rng.ts';
import { UsageError } from '../../errors.ts';

export const DIGEST_WORDS: number = HASH_BYTES / 4;
/** What a bucket collects before it is written: all buckets together stay below 32 MiB. */
export const BUCKET_BUFFER_BYTES: number = 1 << 15;
export const MAX_BUCKETS = 1024;

export interface BucketRecords {
  /** n x 32. */
  readonly digests: Uint8Array;
  /** One list for each further word, n long. */
  readonly columns: readonly Uint32Array[];
}

export interface BucketFilesOptions {
  readonly folder: string;
  /** Tells several sets of one folder apart. */
  readonly name: string;
  /** At most `MAX_BUCKETS`; a power of two where digests choose them. */
  readonly buckets: number;
  /** Words of a record besides its digest. */
  readonly columns: number;
  readonly rng: Rng;
}

interface Bucket {
  readonly words: Uint32Array;
  filled: number;
  records: number;
  file: FileHandle | undefined;
  cipher: Cipher | undefined;
}

export class BucketFiles {
  readonly buckets: number;
  records = 0;
  readonly #options: BucketFilesOptions;
  readonly #key: Uint8Array;
  readonly #list: readonly Bucket[];
  readonly #recordWords: number;

  constructor(options: BucketFilesOptions) {
    const { buckets, columns, rng } = options;
    if (!Number.isInteger(buckets) || buckets < 1 || buckets > MAX_BUCKETS) {
      throw new RangeError('Cannot make buckets: not 1 to 1024 of them');
    }
    this.buckets = buckets;
    this.#options = options;
    this.#key = rng(32);
    this.#recordWords = DIGEST_WORDS + columns;
    const room = Math.floor(BUCKET_BUFFER_BYTES / 4 / this.#recordWords) * this.#recordWords;
    this.#list = Array.from({ length: buckets }, () => ({
      words: new Uint32Array(room),
      filled: 0,
      records: 0,
      file: undefined,
      cipher: undefined,
    }));
  }

  /**
   * Adds a record for each digest (n x 32), `bucketOf` them where that is given.
   * @throws UsageError `resource-limit` when the disk takes no more
   */
  async add({ digests, columns }: BucketRecords, bucketOf?: Uint16Array): Promise<void> {
    const words = asWords(digests);
    const full: number[] = [];
    const choice = bucketOf ?? this.#chosenByDigest(words);
    for (let from = 0, count = words.length / DIGEST_WORDS; from < count; ) {
      from = this.#fill({ words, columns, choice, from, count }, full);
      for (const number of full.splice(0)) await this.#write(number);
    }
  }

  /** What a bucket has. Nothing is added from the first call on. @throws UsageError `unreadable-source` */
  async read(number: number): Promise<BucketRecords> {
    const bucket = this.#list[number];
    await this.#write(number);
    const { columns } = this.#options;
    const byteLength = bucket.records * this.#recordWords * 4;
    const digests = new Uint32Array(bucket.records * DIGEST_WORDS);
    const further = Array.from({ length: columns }, () => new Uint32Array(bucket.records));
    if (byteLength > 0) {
      const words = asWords(this.#decrypted(number, await this.#bytes(number, byteLength)));
      separate(words, this.#recordWords, { digests, columns: further });
    }
    return { digests: asBytes(digests), columns: further };
  }

  /** Lets go of files and key; the files themselves go with their folder. */
  async close(): Promise<void> {
    this.#key.fill(0);
    for (const bucket of this.#list) {
      bucket.words.fill(0);
      await bucket.file?.close();
      bucket.file = undefined;
    }
  }

  /** Goes on until a bucket is full, or all are added; gives the number of the next record. */
  #fill(
    {
      words,
      columns,
      choice,
      from,
      count,
    }: {
      readonly words: Uint32Array;
      readonly columns: readonly Uint32Array[];
      readonly choice: Uint16Array;
      readonly from: number;
      readonly count: number;
    },
    full: number[],
  ): number {
    for (let k = from; k < count; k++) {
      const digest = k * DIGEST_WORDS;
      const number = choice[k];
      const bucket = this.#list[number];
      let at = bucket.filled;
      for (let w = 0; w < DIGEST_WORDS; w++) bucket.words[at++] = words[digest + w];
      for (const column of columns) bucket.words[at++] = column[k];
      bucket.filled = at;
      bucket.records++;
      this.records++;
      if (at < bucket.words.length) continue;
      full.push(number);
      return k + 1;
    }
    return count;
  }

  #chosenByDigest(words: Uint32Array): Uint16Array {
    const bits = Math.log2(this.buckets);
    if (!Number.isInteger(bits)) throw new RangeError('Cannot choose buckets: not a power of two of them');
    const choice = new Uint16Array(words.length / DIGEST_WORDS);
    // A shift by 32 is one by 0.
    if (bits === 0) return choice;
    for (let k = 0; k < choice.length; k++) choice[k] = words[(k + 1) * DIGEST_WORDS - 1] >>> (32 - bits);
    return choice;
  }

  async #write(number: number): Promise<void> {
    const bucket = this.#list[number];
    if (bucket.filled === 0) return;
    bucket.cipher ??= createCipheriv('aes-256-ctr', this.#key, counterOf(number));
    const bytes = bucket.cipher.update(asBytes(bucket.words.subarray(0, bucket.filled)));
    bucket.filled = 0;
    try {
      bucket.file ??= await open(this.#path(number), 'wx+', 0o600);
      await bucket.file.appendFile(bytes);
    } catch (error) {
      throw new UsageError(`Cannot keep rows on disk: ${this.#options.folder} takes no more`, {
        code: 'resource-limit',
        phase: 'input',
        remedy: 'free space on its disk, or name a folder on another one',
        cause: error,
      });
    }
  }

  async #bytes(number: number, byteLength: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(byteLength);
    let at = 0;
    while (at < byteLength) {
      const { bytesRead } = (await this.#list[number].file?.read(bytes, at, byteLength - at, at)) ?? { bytesRead: 0 };
      if (bytesRead === 0) {
        throw new UsageError(`Cannot read back rows: a file in ${this.#options.folder} is shorter than it was`, {
          code: 'unreadable-source',
          phase: 'input',
          remedy: 'keep other programs off that folder, check its disk, and start again',
        });
      }
      at += bytesRead;
    }
    return bytes;
  }

  #decrypted(number: number, bytes: Uint8Array): Uint8Array {
    return createDecipheriv('aes-256-ctr', this.#key, counterOf(number)).update(bytes);
  }

  #path(number: number): string {
    return join(this.#options.folder, `${this.#options.name}-${number}`);
  }
}

/** The first counter block: the file's number, then 2^96 blocks of its own. */
function counterOf(number: number): Uint8Array {
  const block = new Uint8Array(16);
  new DataView(block.buffer).setUint32(0, number);
  return block;
}

function separate(
  words: Uint32Array,
  recordWords: number,
  { digests, columns }: { readonly digests: Uint32Array; readonly columns: readonly Uint32Array[] },
): void {
  for (let k = 0, at = 0; at < words.length; k++, at += recordWords) {
    for (let w = 0; w < DIGEST_WORDS; w++) digests[k * DIGEST_WORDS + w] = words[at + w];
    for (let c = 0; c < columns.length; c++) columns[c][k] = words[at + DIGEST_WORDS + c];
  }
}
