// Runs a snippet that awaits at its top level, as the Node.js prompt would; the snippet's file stays as it is.
// node run.js <file> <expression>: prints the expression's value, seen from the snippet's end, as JSON.
const { readFileSync } = require("node:fs");

const [file, expression] = process.argv.slice(2);
const AsyncFunction = (async () => {}).constructor;
const body = `${readFileSync(file, "utf8")}\nreturn ${expression};`;

new AsyncFunction("require", body)(require).then((value) => console.log(JSON.stringify(value)));
