/** The text of a plug-in with a system call that no two runs have the same answer from: it counts, from 7 on. */
export const COUNTING_PLUGIN = `let count = 6
const handler = () => Uint8Array.from({ length: 32 }, (_, i) => (i < 31 ? 0 : ++count))
export default {
  name: 'count',
  version: '1.0.0',
  syscalls: [{ id: 0x100, name: 'count.next', capability: 'count', gas: { base: 5 }, handler }],
}
`
