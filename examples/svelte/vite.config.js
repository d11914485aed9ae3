import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

// The CryptPad instance of the accounts. It answers pages of its own origin alone, so the development server hands on what is the instance's.
const target = process.env.INSTANCE ?? "https://drive.example";

export default defineConfig({
  plugins: [svelte()],
  server: { proxy: Object.fromEntries(["/api", "/block", "/blob", "/cryptpad_websocket"].map((path) => [path, { target, changeOrigin: true, ws: true }])) },
});
