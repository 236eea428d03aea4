/** `blindflag/testing`: n institutions in one process, one call. Names that start with `insecure` are for tests only. */
export { type InMemoryOptions, type InMemoryRun, runInMemory, succeeded } from './testing/in-memory.ts';
export { insecureSeededRng } from './testing/seeded-rng.ts';
export { insecureTestSigner, insecureTestVerifier } from './testing/test-signer.ts';
export { IdleClock } from './testing/idle-clock.ts';
export { RoundMeter, type TranscriptEntry, TranscriptRecorder } from './testing/transcript.ts';
export { insecureIdealOprf } from '../protocols/oprf/ideal.ts';
