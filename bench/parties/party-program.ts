/** Where the compiled program of a party is, also for tests, which run sources. BLINDFLAG_DIST names another folder. */
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repositoryRoot } from '../machine.ts';

const DIST: string = resolve(process.env['BLINDFLAG_DIST'] ?? join(repositoryRoot(), 'dist'));

export const PARTY_PROGRAM: URL = pathToFileURL(join(DIST, 'bench', 'parties', 'party-process.js'));
export const LARGE_PARTY_PROGRAM: URL = pathToFileURL(join(DIST, 'bench', 'experiments', 'large-party.js'));
export const PEER_PROGRAM: URL = pathToFileURL(join(DIST, 'bench', 'peers', 'peer-process.js'));
export const CORE_PROGRAM: URL = pathToFileURL(join(DIST, 'bench', 'core-process.js'));
