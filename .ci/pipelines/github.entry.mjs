// Prints what GitHub's language service says about workflows and actions: node github.mjs FILE...
// The service cannot be imported as it is published; esbuild makes one file of it and this one first.
import fs from "node:fs";
import { validate } from "@actions/languageservice";
import { TextDocument } from "vscode-languageserver-textdocument";

for (const file of process.argv.slice(2)) {
  const document = TextDocument.create(`file:///${file}`, file.endsWith("action.yml") ? "github-actions-action" : "github-actions-workflow", 1, fs.readFileSync(file, "utf8"));
  for (const found of await validate(document)) {
    process.stdout.write(`${file}:${found.range.start.line + 1}: ${found.message}\n`);
  }
}
