// Prints what Microsoft's language service says about Azure Pipelines files: node azure.cjs SCHEMA FILE...
// The modules are found by NODE_PATH. The schema is the list of tasks and keys that the service publishes.
const fs = require("fs");
console.log = () => {}; // the service talks to itself
const { getLanguageService } = require("azure-pipelines-language-service");
const { parse } = require("azure-pipelines-language-service/lib/parser/yamlParser");
const { TextDocument } = require("vscode-languageserver-types");

const [schemaFile, ...files] = process.argv.slice(2);
const schema = JSON.parse(fs.readFileSync(schemaFile, "utf8"));
const service = getLanguageService(async () => schema, [], async () => "schema:service", {
  resolveRelativePath: (path) => path,
});
service.configure({ validate: true });

(async () => {
  for (const file of files) {
    const text = fs.readFileSync(file, "utf8");
    const document = TextDocument.create(`file://${file}`, "azure-pipelines", 1, text);
    for (const found of await service.doValidation(document, parse(text))) {
      process.stdout.write(`${file}:${found.range.start.line + 1}: ${found.message}\n`);
    }
  }
})();
