"use strict";
// Starts `clspec lsp` and lets VS Code talk to it. All that is known of specs is known there.

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

async function activate(context) {
  const files = vscode.workspace.createFileSystemWatcher("**/*.{clspec,yaml,yml}");
  context.subscriptions.push(
    files,
    vscode.commands.registerCommand("clspec.restart", () => restart(files)),
    vscode.workspace.onDidGrantWorkspaceTrust(() => restart(files)),
    vscode.workspace.onDidChangeConfiguration((change) => change.affectsConfiguration("clspec") && restart(files)),
  );
  await restart(files);
}

async function restart(files) {
  await deactivate();
  if (!vscode.workspace.isTrusted) return;
  const settings = vscode.workspace.getConfiguration("clspec");
  const [command, ...args] = settings.get("command");
  const allowed = [
    ...settings.get("allowImport").flatMap((each) => ["--allow-import", each]),
    ...settings.get("allowUse").flatMap((each) => ["--allow-use", each]),
  ];
  client = new LanguageClient(
    "clspec",
    "clspec",
    { command, args: [...args, ...allowed] },
    { documentSelector: ["clspec", "yaml"], synchronize: { fileEvents: files } },
  );
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    vscode.window.showErrorMessage(
      `clspec: ${command} could not be started (${error.message}). pip install "clspec[lsp]", or name it in clspec.command.`,
    );
  }
}

async function deactivate() {
  const old = client;
  client = undefined;
  await old?.stop();
}

module.exports = { activate, deactivate };
