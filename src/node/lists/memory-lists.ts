/** Lists that are forgotten with their process: for tests and demonstrations. */
import type { ListFiles } from './frozen-lists.ts';

export function createMemoryLists(): ListFiles {
  const lists = new Map<string, readonly string[]>();
  return {
    async write(name, lines) {
      const all: string[] = [];
      for await (const line of lines) all.push(line);
      lists.set(name, all);
    },
    async *read(name) {
      const lines = lists.get(name);
      if (lines === undefined) throw new RangeError('no list of this name');
      yield* lines;
    },
    names: () => Promise.resolve([...lists.keys()]),
    remove: (name) => Promise.resolve(void lists.delete(name)),
  };
}
