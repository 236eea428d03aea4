/** Where this node keeps rows that do not fit in memory, for as long as it works on them. */
import { join } from 'node:path';
import type { NodeConfig } from '../config/node-config.ts';

export function spillParent({ store }: Pick<NodeConfig, 'store'>): string {
  return join(store, 'spill');
}
