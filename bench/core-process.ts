/** Computes the yardstick when it is asked; see AllCores. */
import { hashMs } from './compute-yardstick.ts';

process.on('message', () => {
  // A core that was idle begins slowly.
  hashMs();
  process.send?.(hashMs());
});
