// What a copy tells while it runs and when it ends.

export interface CopyProgress {
  readonly step: 'copying' | 'verifying';
  /** Events, of all of them. */
  readonly done: number;
  readonly total: number;
}

export interface CopyReport {
  /**
   * complete: the target holds everything, and was compared with the source. interrupted: the same copy goes on where
   * this one has ended.
   */
  readonly status: 'complete' | 'interrupted';
  /** Of both logs, for they are one and the same. */
  readonly logId: string;
  /** The highest position of the source, which has an event, or what erasing has left of one, at each of them. */
  readonly events: number;
  /** How many of them this run has brought over; 0 when the copy was complete already. */
  readonly copied: number;
  readonly copyMs: number;
  readonly verifyMs: number;
  readonly rows: CopiedRows;
}

/** What both sides have beside the events; zeros when it was interrupted. */
export interface CopiedRows {
  readonly topics: number;
  readonly sources: number;
  /** Repeats and conflicts on record. */
  readonly drops: number;
  readonly erased: number;
  readonly groups: number;
  /** Delivered to a group and not settled. */
  readonly outstanding: number;
  readonly deadLetters: number;
}
