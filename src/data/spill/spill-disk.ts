/** Lists of runs on disk: each in a folder of its own, after an estimate, and removed when it is closed. */
import { HASH_BYTES } from '../../crypto/hash.ts';
import type { Rng } from '../../crypto/rng.ts';
import { BucketFiles, type BucketRecords, DIGEST_WORDS } from './bucket-files.ts';
import { openSpillFolder } from './spill-folder.ts';
import { type Machine, moreThanPlanned, planSpill, requireRoom } from './spill-plan.ts';

/** Up to so many accounts a list is kept in memory: 130 MB of digests. Both sides of an audit have to do the same. */
const MOST_IN_MEMORY: number = 2 ** 22;

export interface SpillDiskOptions {
  /** The folder of the folders. */
  readonly parent: string;
  readonly rng: Rng;
  /** undefined means 2^22. */
  readonly above?: number | undefined;
  /** undefined means the machine that this runs on. */
  readonly machine?: Machine | undefined;
}

/**
 * What a list on disk is to have room for. With the two types below it is the port `ListDisk` of the kit, said again because
 * data stands beside the kit and does not know it; that they fit is checked where a node gives this disk to its runs.
 */
export interface SpillShape {
  readonly rows: number;
  /** Words of a record besides its digest. */
  readonly columns: number;
  /** undefined: by the plan, which for one number of rows is always the same. */
  readonly buckets?: number | undefined;
}

export interface SpillFile {
  readonly buckets: number;
  add(records: BucketRecords, bucketOf?: Uint16Array): Promise<void>;
  read(bucket: number): Promise<BucketRecords>;
  close(): Promise<void>;
}

export interface SpillDisk {
  readonly above: number;
  open(shape: SpillShape): Promise<SpillFile>;
}

export function spillDisk({ parent, rng, above = MOST_IN_MEMORY, machine }: SpillDiskOptions): SpillDisk {
  return {
    above,
    async open({ rows, columns, buckets }) {
      const plan = planSpill({ rows, recordBytes: 4 * (DIGEST_WORDS + columns) });
      const folder = await openSpillFolder(parent, { rng, work: 'run' });
      try {
        await requireRoom(plan, folder.path, machine);
      } catch (error) {
        await folder.remove();
        throw error;
      }
      const shape = { folder: folder.path, name: 'list', buckets: buckets ?? plan.buckets, columns };
      const files = new BucketFiles({ ...shape, rng });
      return {
        buckets: files.buckets,
        async add(records, bucketOf) {
          if (files.records + records.digests.length / HASH_BYTES > rows) throw moreThanPlanned(rows);
          await files.add(records, bucketOf);
        },
        read: (bucket) => files.read(bucket),
        async close() {
          await files.close();
          await folder.remove();
        },
      };
    },
  };
}
