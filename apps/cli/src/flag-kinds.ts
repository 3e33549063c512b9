// Flags and parameters that several commands share.
export const groupParameter = { placeholder: 'group', brief: 'The name of the group', parse: String } as const;

export const afterFlag = {
  kind: 'parsed',
  parse: String,
  optional: true,
  placeholder: 'cursor',
  brief: 'After this cursor, from an earlier answer',
} as const;

export const switchedOn = (brief: string) => ({ kind: 'boolean', default: false, withNegated: false, brief }) as const;
