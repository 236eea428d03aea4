/**
 * Bytes of one record, what tables and oblivious functions work on: an account's digest under a run id, or 32 random bytes where there is
 * none, which are some account's digest with probability 2^-256.
 */
export const RECORD_BYTES = 32;
