// Copies what the extension shares with the repository: there is one grammar, and one licence.
const { cpSync } = require("node:fs");
const { join } = require("node:path");

const root = join(__dirname, "..", "..");
cpSync(join(root, "grammar", "clspec.tmLanguage.json"), join(__dirname, "syntaxes", "clspec.tmLanguage.json"));
cpSync(join(root, "LICENSE"), join(__dirname, "LICENSE"));
