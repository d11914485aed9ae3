// For tools that leave the WebAssembly file behind: the module is in the script, compressed. `"pinfold/inline"` instead of `"pinfold"`, and
// the rest is the same. In a worker: `import "pinfold/inline"; import "pinfold/worker"`.
import { compressed } from "./inline-module.js";
import { useDefaultSource } from "./init.js";

useDefaultSource(async () => {
  const bytes = Uint8Array.from(atob(compressed), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
});

export * from "./index.js";
