#!/usr/bin/env node
import { readFileSync } from 'node:fs'

// The same path from src/cli and from dist/bin.
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
console.log(`evm version ${version}`)
