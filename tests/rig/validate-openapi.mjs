// Says the version of OpenAPI and whether the document is valid: validate-openapi.mjs FILE. The validator is from npm
// (tests/rig/install.sh).
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const cache = process.env.XENNET_RIG_CACHE || '/var/cache/xennet-rig';
const require = createRequire(cache + '/npm/');
const { Validator } = await import(pathToFileURL(require.resolve('@seriousme/openapi-schema-validator')).href);

const validator = new Validator();
const verdict = await validator.validate(JSON.parse(readFileSync(process.argv[2], 'utf8')));
console.log(`${validator.version} ${verdict.valid ? 'valid' : JSON.stringify(verdict.errors, null, 1)}`);
process.exit(verdict.valid ? 0 : 1);
