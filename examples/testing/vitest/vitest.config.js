import { defineConfig } from "vitest/config";

// The times are for a machine that is busy: a test that passes waits for none of them.
export default defineConfig({ test: { testTimeout: 120_000, hookTimeout: 120_000, expect: { poll: { timeout: 60_000 } } } });
