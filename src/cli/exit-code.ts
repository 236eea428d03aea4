/** Exit codes: what a script can tell apart. */
export const EXIT = {
  ok: 0,
  /** A run failed. */
  failed: 1,
  /** The command line or the data is wrong; nothing was sent. */
  usage: 2,
  /** An answer differs from the plaintext rule: EX_SOFTWARE of sysexits.h. */
  wrongAnswer: 70,
  /** 128 + SIGINT, as shells report it. */
  interrupted: 130,
} as const;
