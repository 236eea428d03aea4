/** Where a party keeps a list that is longer than memory is to hold, for as long as it takes part in a run. */

/** Records of a list: a digest of 32 bytes each, and some words. */
export interface ListRecords {
  /** n x 32. */
  readonly digests: Uint8Array;
  /** One list for each further word, n long. */
  readonly columns: readonly Uint32Array[];
}

export interface ListFileShape {
  /** Records at most: what room is planned for. */
  readonly rows: number;
  /** Words of a record besides its digest. */
  readonly columns: number;
  /** Default: as many as the memory that may be used asks for, and the same for the same number of rows. */
  readonly buckets?: number | undefined;
}

/** Records by bucket: first all are added, then buckets are read. */
export interface ListFile {
  readonly buckets: number;
  /**
   * `bucketOf` is the bucket of each record; undefined: equal digests come into one, different ones into all evenly.
   * @throws UsageError `resource-limit` when there is no more room
   */
  add(records: ListRecords, bucketOf?: Uint16Array): Promise<void>;
  /** In the order in which they were added. @throws UsageError `unreadable-source` where the file was damaged */
  read(bucket: number): Promise<ListRecords>;
  /** Removes the file; a second time does nothing. */
  close(): Promise<void>;
}

export interface ListDisk {
  /** Lists that may have more different accounts than this are kept here. */
  readonly above: number;
  /** @throws UsageError `resource-limit`, with numbers, where memory or disk are too little */
  open(shape: ListFileShape): Promise<ListFile>;
}
