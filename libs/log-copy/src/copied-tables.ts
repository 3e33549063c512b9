// Every table that a copy takes over, each once: by the entities, so that no column can be forgotten.
import {
  ConsumerGroupEntity,
  DeadLetterEntity,
  ErasedEventEntity,
  EventDropEntity,
  EventEntity,
  EventKeyEntity,
  LogEntity,
  OutstandingEventEntity,
  SourceEntity,
  TopicEntity,
} from '@oncelog/store-sql';
import type { CopiedRows } from './copy-report.ts';

export interface CopiedTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** The primary key, in whose order the table is read. */
  readonly key: readonly string[];
}

/** What is needed of an entity. */
interface Entity {
  readonly meta: {
    readonly tableName: string;
    readonly properties: Readonly<Record<string, { readonly primary?: boolean }>>;
  };
}

/** One row. Its format is the target's own. */
export const logTable = without(copiedTable(LogEntity), 'format_version');

/** Both have a row for each position; a body is missing where the event was erased. */
export const keyTable = copiedTable(EventKeyEntity);
export const bodyTable = copiedTable(EventEntity);
export const erasedTable = copiedTable(ErasedEventEntity);

/** Small beside the events, and rows of them change and go: they are copied whole, each time anew. */
export const smallTables = {
  topics: copiedTable(TopicEntity),
  sources: copiedTable(SourceEntity),
  drops: copiedTable(EventDropEntity),
  erased: erasedTable,
  groups: copiedTable(ConsumerGroupEntity),
  outstanding: copiedTable(OutstandingEventEntity),
  deadLetters: copiedTable(DeadLetterEntity),
} as const satisfies Record<keyof CopiedRows, CopiedTable>;

function copiedTable({ meta: { tableName, properties } }: Entity): CopiedTable {
  const names = Object.keys(properties);
  const key = names.filter((name) => properties[name]!.primary === true);
  return { name: tableName, columns: names.map(columnOf), key: key.map(columnOf) };
}

function without(table: CopiedTable, column: string): CopiedTable {
  return { ...table, columns: table.columns.filter((name) => name !== column) };
}

/** As the stores spell it: storedTimeMs is stored_time_ms. */
function columnOf(property: string): string {
  return property.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
