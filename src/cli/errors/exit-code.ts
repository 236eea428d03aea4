/** Exit codes: what a script can tell apart. */
export const EXIT = {
  ok: 0,
  /** A run failed. */
  failed: 1,
  /** The command line or the data is wrong; nothing was sent. */
  usage: 2,
  /** No node runs in the folder: as status scripts of the Linux Standard Base report it. */
  notRunning: 3,
  /** An answer differs from the plaintext rule: EX_SOFTWARE of sysexits.h. */
  wrongAnswer: 70,
  /** 128 + SIGINT, as shells report it. */
  interrupted: 130,
} as const;
