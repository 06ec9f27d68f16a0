'use strict';
// Runs a Node.js handler: fetches invocations from the Runtime API, calls the handler, posts what it answers.
// AWS's own client needs a compiler at its installation; this one needs nothing but Node.js.
// Source: AWS Lambda developer guide, "Using the Lambda runtime API for custom runtimes" and "Node.js function handler".

const http = require('http');
const path = require('path');
const fs = require('fs');
const { pathToFileURL } = require('url');

const ahead = Number(process.env.GLOBALTABLES_CLOCK_AHEAD_MS || 0);
if (ahead) {
  // The region's clock is ahead of the machine's; what handlers compare was dated by that.
  const RealDate = Date;
  globalThis.Date = class Date extends RealDate {
    constructor(...given) {
      if (given.length) super(...given);
      else super(RealDate.now() + ahead);
    }

    static now() {
      return RealDate.now() + ahead;
    }
  };
}

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const root = process.env.LAMBDA_TASK_ROOT;

function call(method, name, body, headers) {
  return new Promise((resolve, reject) => {
    const bytes = Buffer.from(body === undefined ? '' : body);
    const request = http.request({
      host, port, agent, method,
      path: `/2018-06-01/runtime/${name}`,
      headers: { 'Content-Length': bytes.length, ...headers },
    }, (response) => {
      const pieces = [];
      response.on('data', (piece) => pieces.push(piece));
      response.on('end', () => resolve({
        status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces).toString(),
      }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(bytes);
  });
}

function described(error) {
  if (error instanceof Error) {
    return {
      errorType: error.name, errorMessage: error.message,
      trace: (error.stack || '').split('\n'),
    };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

let requestId = '';

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const inJson = process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON';
const least = inJson ? LEVELS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL) : -1;

function printed(level, text) {
  if (LEVELS.indexOf(level) < least) return;
  if (inJson) {
    const line = { timestamp: new Date().toISOString(), level, requestId, message: text };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    return;
  }
  process.stdout.write(
    `${new Date().toISOString()}\t${requestId}\t${level}\t${text.replace(/\n/g, '\r')}\n`);
}

const { format } = require('util');
for (const [name, level] of [['log', 'INFO'], ['info', 'INFO'], ['warn', 'WARN'], ['error', 'ERROR'],
  ['debug', 'DEBUG'], ['trace', 'TRACE']]) {
  console[name] = (...values) => printed(level, format(...values));
}

class InitError extends Error {
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

async function load() {
  const handler = process.env._HANDLER;
  const folder = path.dirname(handler);
  const file = path.basename(handler);
  const dot = file.indexOf('.');
  if (dot < 1) throw new InitError('Runtime.MalformedHandlerName', 'Bad handler');
  const base = path.resolve(root, folder, file.slice(0, dot));
  let loaded;
  if (fs.existsSync(`${base}.mjs`)) {
    loaded = await import(pathToFileURL(`${base}.mjs`));
  } else if (fs.existsSync(`${base}.js`) || fs.existsSync(`${base}.cjs`) || fs.existsSync(base)) {
    const found = ['.js', '.cjs', ''].map((end) => base + end).find((one) => fs.existsSync(one));
    try {
      loaded = require(found);
    } catch (error) {
      if (error.code !== 'ERR_REQUIRE_ESM') throw error;
      loaded = await import(pathToFileURL(found));
    }
  } else {
    throw new InitError('Runtime.ImportModuleError', `Error: Cannot find module '${file.slice(0, dot)}'`);
  }
  let found = loaded;
  for (const name of file.slice(dot + 1).split('.')) {
    found = found === undefined || found === null ? undefined : (found[name] ?? found.default?.[name]);
  }
  if (found === undefined) {
    throw new InitError('Runtime.HandlerNotFound', `${handler} is undefined or not exported`);
  }
  if (typeof found !== 'function') {
    throw new InitError('Runtime.HandlerNotFound', `${handler} is not a function`);
  }
  return found;
}

function contextOf(headers, settle) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  const context = {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    awsRequestId: requestId,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: (error, answer) => settle(error, answer),
    fail: (error) => settle(error || new Error('handled'), undefined),
    succeed: (answer) => settle(null, answer),
  };
  const client = headers['lambda-runtime-client-context'];
  if (client) context.clientContext = JSON.parse(client);
  return context;
}

function run(handler, event, headers) {
  return new Promise((resolve, reject) => {
    const settle = (error, answer) => (error === null || error === undefined ? resolve(answer) : reject(error));
    const answer = handler(event, contextOf(headers, settle), settle);
    if (answer && typeof answer.then === 'function') {
      answer.then(resolve, reject);
    } else if (handler.length < 3) {
      resolve(answer);
    }
  });
}

async function main() {
  let handler;
  try {
    handler = await load();
  } catch (error) {
    const told = described(error);
    if (error.code === 'MODULE_NOT_FOUND') told.errorType = 'Runtime.ImportModuleError';
    if (error instanceof SyntaxError) told.errorType = 'Runtime.UserCodeSyntaxError';
    printed('ERROR', `Uncaught Exception\t${JSON.stringify(told)}`);
    await call('POST', 'init/error', JSON.stringify(told), { 'Lambda-Runtime-Function-Error-Type': told.errorType });
    process.exit(1);
  }
  process.on('uncaughtException', (error) => {
    printed('ERROR', `Uncaught Exception\t${JSON.stringify(described(error))}`);
    process.exit(129);
  });
  process.on('unhandledRejection', (error) => {
    const told = { errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: String(error) };
    printed('ERROR', `Unhandled Promise Rejection\t${JSON.stringify(told)}`);
    process.exit(128);
  });
  for (;;) {
    const next = await call('GET', 'invocation/next');
    requestId = next.headers['lambda-runtime-aws-request-id'];
    try {
      const answer = await run(handler, JSON.parse(next.body), next.headers);
      const body = answer === undefined ? 'null' : JSON.stringify(answer);
      await call('POST', `invocation/${requestId}/response`, body);
    } catch (error) {
      const told = described(error);
      printed('ERROR', `Invoke Error\t${JSON.stringify(told)}`);
      await call('POST', `invocation/${requestId}/error`, JSON.stringify(told),
        { 'Lambda-Runtime-Function-Error-Type': told.errorType });
    }
  }
}

main().catch(() => process.exit(1));
