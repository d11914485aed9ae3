import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The CryptPad instance of the accounts. It answers pages of its own origin alone, so the development server hands on what is the instance's.
const target = process.env.INSTANCE ?? "https://drive.example";

export default defineConfig({
  plugins: [react()],
  server: { proxy: Object.fromEntries(["/api", "/block", "/blob", "/cryptpad_websocket"].map((path) => [path, { target, changeOrigin: true, ws: true }])) },
});
