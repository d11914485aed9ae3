import react from "@vitejs/plugin-react";

// The instance. Vite serves the page at an origin of its own, so what is CryptPad's is handed on: `CRYPTPAD=https://drive.example npm run dev`.
const target = process.env.CRYPTPAD ?? "http://127.0.0.1:3000";
const proxy = Object.fromEntries(["/api", "/block", "/blob", "/cryptpad_websocket"].map((path) => [path, { target, changeOrigin: true, ws: true }]));

export default { plugins: [react()], server: { proxy } };
