/** Results of other libraries beside this package, as they are stored. */
import type { MachineRecord } from '../machine.ts';
import type { MeasuredPeers } from './measure-peers.ts';

export const PEERS_FORMAT = 'blindflag-peers/1';

export interface PeersReport extends MachineRecord, MeasuredPeers {
  readonly format: typeof PEERS_FORMAT;
  readonly short: boolean;
}
