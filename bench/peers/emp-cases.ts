/** emp-wasm: authenticated garbling of two parties (Wang, Ranellucci, Katz, CCS 2017) compiled to WebAssembly, both in this process. */
import { ran } from '../bench-case.ts';
import { loadFrom } from '../own-package.ts';
import type { PeerCase, PreparedPeer } from './peer-case.ts';

type Channel = 'a' | 'b';

/** The part of emp-wasm that is used. */
interface Emp {
  secureMPC(options: {
    readonly party: number;
    readonly size: number;
    readonly circuit: string;
    readonly inputBits: Uint8Array;
    readonly inputBitsPerParty: readonly number[];
    readonly io: {
      send(to: number, channel: Channel, data: Uint8Array): void;
      recv(from: number, channel: Channel, least: number, most: number): Promise<Uint8Array>;
    };
  }): Promise<Uint8Array>;
}

const BITS = 32;

export const empCases: readonly PeerCase[] = [compareCase(64)];

function compareCase(count: number): PeerCase {
  return {
    task: `comparisons-${count}`,
    library: 'emp-wasm',
    securityModel: 'malicious with abort; the other party may be corrupted',
    items: count,
    unit: 'comparison',
    samples: 3,
    warmUps: 1,
    setUp: () => prepare(count),
  };
}

async function prepare(count: number): Promise<PreparedPeer> {
  const { secureMPC } = await loadFrom<Emp>('peers', 'emp-wasm');
  const circuit = comparisons(count);
  const numbers = [0, 1].map((party) =>
    Uint32Array.from({ length: count }, (_, k) => Math.imul(k + 1, 2_654_435_761) >>> (party * (k % 3))),
  );
  let outputs: readonly Uint8Array[] | undefined;
  let bytes = 0;
  return {
    async run() {
      bytes = 0;
      const pipes = new Map<string, Pipe>();
      const pipe = (from: number, to: number, channel: Channel): Pipe => {
        const key = `${from} ${to} ${channel}`;
        const known = pipes.get(key) ?? new Pipe();
        pipes.set(key, known);
        return known;
      };
      outputs = await Promise.all(
        numbers.map((own, party) =>
          secureMPC({
            party,
            circuit,
            size: 2,
            inputBits: Uint8Array.from(
              { length: BITS * count },
              (_, bit) => (own[Math.floor(bit / BITS)] >>> (bit % BITS)) & 1,
            ),
            inputBitsPerParty: [BITS * count, BITS * count],
            io: {
              send(to, channel, data) {
                bytes += data.length;
                pipe(party, to, channel).push(data);
              },
              recv: (from, channel, least, most) => pipe(from, party, channel).take(least, most),
            },
          }),
        ),
      );
    },
    check: () =>
      ran(outputs).every(
        (bits) => bits.length === count && bits.every((bit, k) => bit === Number(numbers[0][k] >= numbers[1][k])),
      ),
    bytes: () => bytes,
  };
}

/** Bytes from one party to the other, taken as many at once as there are between two bounds. */
class Pipe {
  #bytes: Uint8Array = new Uint8Array(0);
  #waiting:
    | { readonly least: number; readonly most: number; readonly resolve: (taken: Uint8Array) => void }
    | undefined;

  push(data: Uint8Array): void {
    const joined = new Uint8Array(this.#bytes.length + data.length);
    joined.set(this.#bytes);
    // The library reuses what it sends from.
    joined.set(data, this.#bytes.length);
    this.#bytes = joined;
    this.#serve();
  }

  take(least: number, most: number): Promise<Uint8Array> {
    return new Promise((resolve) => {
      this.#waiting = { least, most, resolve };
      this.#serve();
    });
  }

  #serve(): void {
    if (this.#waiting === undefined || this.#bytes.length < this.#waiting.least) return;
    const { most, resolve } = this.#waiting;
    this.#waiting = undefined;
    const taken = this.#bytes.slice(0, most);
    this.#bytes = this.#bytes.slice(taken.length);
    resolve(taken);
  }
}

/** x >= y of `count` pairs of 32-bit numbers in Bristol format: the carry out of x + NOT y + 1, one AND a bit. */
export function comparisons(count: number): string {
  const gates: string[] = [];
  let wires = 2 * BITS * count;
  const not = (x: number): number => {
    gates.push(`1 1 ${x} ${wires} INV`);
    return wires++;
  };
  const gate = (kind: 'AND' | 'XOR', x: number, y: number): number => {
    gates.push(`2 1 ${x} ${y} ${wires} ${kind}`);
    return wires++;
  };
  const results: number[] = [];
  for (let pair = 0; pair < count; pair++) {
    const x = (bit: number): number => BITS * pair + bit;
    const y = (bit: number): number => BITS * (count + pair) + bit;
    // Of the lowest bit, where 1 is carried in: x or NOT y.
    let carry = not(gate('AND', not(x(0)), y(0)));
    for (let bit = 1; bit < BITS; bit++) {
      const product = gate('AND', gate('XOR', x(bit), carry), gate('XOR', not(y(bit)), carry));
      carry = gate('XOR', product, carry);
    }
    results.push(carry);
  }
  // The last wires are the output: each result once more, by two inversions.
  for (const carry of results.map(not)) not(carry);
  return `${gates.length} ${wires}\n${BITS * count} ${BITS * count} ${count}\n\n${gates.join('\n')}\n`;
}
