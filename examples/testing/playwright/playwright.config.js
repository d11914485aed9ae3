import { defineConfig } from "@playwright/test";

// `CHROMIUM` names a browser that is there already. Without it it is the one of `npx playwright install chromium`.
export default defineConfig({ use: { launchOptions: { executablePath: process.env.CHROMIUM } } });
