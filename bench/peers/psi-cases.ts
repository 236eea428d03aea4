/** PSI by elliptic curve Diffie–Hellman: OpenMined's psi.js, BoringSSL compiled to WebAssembly. */
import { overlapLists } from '../../src/measure/overlap-question.ts';
import { ran } from '../bench-case.ts';
import { loadFrom } from '../own-package.ts';
import type { PeerCase, PreparedPeer } from './peer-case.ts';

interface Serialized {
  serializeBinary(): Uint8Array;
}

/** The part of psi.js that is used. */
interface Psi {
  readonly server: {
    createWithNewKey(revealIntersection: boolean): {
      createSetupMessage(fpr: number, clientItems: number, items: readonly string[], structure: unknown): Serialized;
      processRequest(request: unknown): Serialized;
    };
  };
  readonly client: {
    createWithNewKey(revealIntersection: boolean): {
      createRequest(items: readonly string[]): Serialized;
      getIntersection(setup: unknown, response: unknown): readonly number[];
    };
  };
  readonly dataStructure: { readonly Raw: unknown };
  readonly request: { deserializeBinary(bytes: Uint8Array): unknown };
  readonly response: { deserializeBinary(bytes: Uint8Array): unknown };
  readonly serverSetup: { deserializeBinary(bytes: Uint8Array): unknown };
}

/** Of the set-up message; without a filter, as here, it has no effect. */
const FALSE_POSITIVES = 1e-9;

export const psiCases: readonly PeerCase[] = [10, 12, 16].map((log2) => ({
  task: `overlap-${2 ** log2}`,
  library: '@openmined/psi.js',
  securityModel: 'semi-honest; ECDH over P-256',
  items: 2 ** log2,
  unit: 'account of each side',
  samples: 1,
  // A warm-up of many seconds changes nothing that shows.
  warmUps: log2 > 10 ? 0 : 1,
  ...(log2 > 12 ? { rounds: 1 } : {}),
  short: log2 === 10,
  setUp: () => prepare(2 ** log2),
}));

async function prepare(count: number): Promise<PreparedPeer> {
  const { default: start } = await loadFrom<{ readonly default: () => Promise<Psi> }>('peers', '@openmined/psi.js');
  const psi = await start();
  const { asked, held } = overlapLists(count);
  let found: readonly number[] | undefined;
  let bytes = 0;
  return {
    run() {
      const server = psi.server.createWithNewKey(true);
      const client = psi.client.createWithNewKey(true);
      const request = client.createRequest(asked).serializeBinary();
      const setup = server.createSetupMessage(FALSE_POSITIVES, count, held, psi.dataStructure.Raw).serializeBinary();
      const response = server.processRequest(psi.request.deserializeBinary(request)).serializeBinary();
      bytes = request.length + setup.length + response.length;
      found = client.getIntersection(
        psi.serverSetup.deserializeBinary(setup),
        psi.response.deserializeBinary(response),
      );
    },
    check() {
      const rows = new Set(ran(found));
      return rows.size === count / 2 && [...rows].every((row) => row % 2 === 0);
    },
    bytes: () => bytes,
  };
}
