/** What a receipt says that running its bundle again must give. */
export const RECEIPT_MEMBERS = [
  'code_hash',
  'input_hash',
  'gas',
  'steps',
  'state_root_before',
  'state_root_after',
  'result_hash',
] as const
