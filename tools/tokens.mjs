// Writes what an editor makes of specs: their tokens and scopes, by the libraries that VS Code itself colours with.
//
//     node tools/tokens.mjs LIBRARIES GRAMMAR TARGET SPEC...
//
// Run by `make tmlanguage`. LIBRARIES is the folder that npm installed vscode-textmate and vscode-oniguruma into. In the
// folder TARGET each SPEC gets a file: its path, the hash of the grammar, and its lines, each followed by its tokens.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [libraries, grammarPath, target, ...specs] = process.argv.slice(2);
const require = createRequire(resolve(libraries, "package.json"));
const oniguruma = require("vscode-oniguruma");
const { INITIAL, Registry, parseRawGrammar } = require("vscode-textmate");

const raw = readFileSync(grammarPath, "utf8");
await oniguruma.loadWASM({ data: readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")) });
const registry = new Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (sources) => new oniguruma.OnigScanner(sources),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: async () => parseRawGrammar(raw, grammarPath),
});
const grammar = await registry.loadGrammar("source.clspec");
const hash = createHash("sha256").update(raw).digest("hex");

for (const spec of specs) {
  const told = [`spec ${spec}`, `grammar ${hash}`];
  let state = INITIAL;
  for (const line of readFileSync(spec, "utf8").replace(/\n$/, "").split("\n")) {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
    state = ruleStack;
    told.push(`>${line}`, ...tokens.flatMap((token) => shown(line, token)));
  }
  const path = join(target, `${spec.replace(/\.clspec$/, "").replaceAll("/", ".")}.tokens`);
  writeFileSync(path, told.join("\n") + "\n");
  console.log(path);
}

// A token that is more than white space, and its scopes without what they have in common.
function shown(line, { startIndex, endIndex, scopes }) {
  const text = line.slice(startIndex, endIndex).trim();
  return text ? [`    ${text}\t${scopes.slice(1).map((each) => each.replace(/\.clspec$/, "")).join(" ")}`] : [];
}
