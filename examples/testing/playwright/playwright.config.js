import { defineConfig } from "@playwright/test";

// `CHROMIUM` names a browser that is there already. Without it it is the one of `npx playwright install chromium`.
// The times are for a machine that is busy: a test that passes waits for none of them.
export default defineConfig({ timeout: 120_000, expect: { timeout: 60_000 }, use: { launchOptions: { executablePath: process.env.CHROMIUM } } });
