/** Instruction sets that go by a name and are no fork of the EVM. */
export const TABLE_NAMES = ['zvm', 'zevm'] as const
export type TableName = (typeof TABLE_NAMES)[number]

/** Whether the text is one of them, in any case. */
export function isTableName(text: string): boolean {
  return TABLE_NAMES.some((name) => name === text.toLowerCase())
}
