import { expect, it } from 'vitest'
import { lockFaults } from './lock.ts'

it('finds registry hosts and dependencies that are not locked', () => {
  const packages = {
    '': { dependencies: { a: '1' }, devDependencies: { '@s/b': '1', gone: '1' } },
    'node_modules/a': { version: '1', optionalDependencies: { c: '1', 'a-darwin': '1' } },
    'node_modules/a/node_modules/c': { version: '1', resolved: 'https://registry.example/c.tgz' },
    'node_modules/@s/b': { version: '1' },
    'node_modules/here': { resolved: 'packages/here', link: true },
  }
  expect(lockFaults(JSON.stringify({ packages }))).toEqual([
    'package.json: its dependency gone is not locked',
    'node_modules/a: its dependency a-darwin is not locked',
    'node_modules/a/node_modules/c: resolved https://registry.example/c.tgz; write the lock with --omit-lockfile-registry-resolved',
  ])
})
