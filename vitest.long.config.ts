import { defineConfig, mergeConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** The same tests with larger samples: minutes to hours instead of minutes. */
export default mergeConfig(base, defineConfig({ test: { env: { BLINDFLAG_LONG: '1' }, testTimeout: 3_600_000 } }));
