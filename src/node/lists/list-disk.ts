/** Where this node keeps rows that do not fit in memory, for as long as it works on them. */
import { join } from 'node:path';
import { spillDisk } from '../../data/spill/spill-disk.ts';
import { systemRng } from '../../kit/clock.ts';
import type { ListDisk } from '../../kit/list-disk.ts';
import type { NodeConfig } from '../config/node-config.ts';

export function spillParent({ store }: Pick<NodeConfig, 'store'>): string {
  return join(store, 'spill');
}

/** For lists of its runs. */
export function listDisk(config: Pick<NodeConfig, 'store'>): ListDisk {
  return spillDisk({ parent: spillParent(config), rng: systemRng });
}
