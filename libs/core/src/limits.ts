// Every bound of the system by name. All are configurable; a refusal names the bound and the actual value.

export interface Limits {
  readonly topicBytesMax: number;
  /** PostgreSQL's b-tree fails at 2,704 bytes for a whole key; 512 leaves room for the rest of it. */
  readonly eventIdBytesMax: number;
  readonly sourceBytesMax: number;
  readonly contentTypeBytesMax: number;
  readonly contentBytesMax: number;
  readonly attributesMax: number;
  readonly attributeKeyBytesMax: number;
  readonly attributeValueBytesMax: number;
  /** Events in one message over RPC. */
  readonly requestEventsMax: number;
  /** Events in one body over REST. */
  readonly restRequestEventsMax: number;
  /** One request message or body, also after decompression. */
  readonly requestBytesMax: number;
  readonly jsonDepthMax: number;
  readonly pageEventsDefault: number;
  readonly pageEventsMax: number;
  readonly restPageEventsMax: number;
  readonly pageBytesMax: number;
  /** Rows that a filtered page looks at before it is handed out short. */
  readonly pageScanMax: number;
  /** Bytes of events that wait for a commit. */
  readonly queueBytesMax: number;
  readonly topicsListedMax: number;
  readonly sourcesListedMax: number;
  /** Sources past this many are counted together. */
  readonly sourcesCountedMax: number;
  /** Repeats and conflicts that are kept on record. */
  readonly dropsKeptMax: number;
  /** Topics, prefixes or sources, each, that a filter names. */
  readonly filterNamesMax: number;
  readonly heartbeatMsDefault: number;
  readonly heartbeatMsMin: number;
  readonly heartbeatMsMax: number;
  /** A reader that takes nothing for so long is ended, with the cursor to go on from. */
  readonly readerStallMs: number;
  readonly subscribersMax: number;
  /** One response to a subscriber. */
  readonly batchEventsMax: number;
  readonly batchBytesMax: number;
  /** The newest events, which all live subscribers read from; who falls behind them reads from the store. */
  readonly liveWindowBytesMax: number;
  readonly groupsMax: number;
  readonly groupNameBytesMax: number;
  /** A filter that is kept, as JSON: all groups are listed in one answer, which 1,000 of 350 KB would make 350 MB. */
  readonly groupFilterBytesMax: number;
  readonly memberBytesMax: number;
  /** Events of one group that are delivered and not settled. */
  readonly outstandingMax: number;
  readonly leaseMsDefault: number;
  readonly leaseMsMin: number;
  readonly leaseMsMax: number;
  readonly attemptsDefault: number;
  readonly attemptsMax: number;
  readonly pullWaitMsMax: number;
  readonly rejectReasonBytesMax: number;
}

export const defaultLimits: Limits = {
  topicBytesMax: 255,
  eventIdBytesMax: 512,
  sourceBytesMax: 255,
  contentTypeBytesMax: 255,
  contentBytesMax: 256 * 1024,
  attributesMax: 64,
  attributeKeyBytesMax: 255,
  attributeValueBytesMax: 4096,
  requestEventsMax: 1000,
  restRequestEventsMax: 10_000,
  requestBytesMax: 4 * 1024 * 1024,
  jsonDepthMax: 32,
  pageEventsDefault: 100,
  pageEventsMax: 1000,
  restPageEventsMax: 10_000,
  pageBytesMax: 4 * 1024 * 1024,
  pageScanMax: 10_000,
  queueBytesMax: 32 * 1024 * 1024,
  topicsListedMax: 1000,
  sourcesListedMax: 1000,
  sourcesCountedMax: 10_000,
  dropsKeptMax: 100_000,
  filterNamesMax: 100,
  heartbeatMsDefault: 10_000,
  heartbeatMsMin: 1000,
  heartbeatMsMax: 60_000,
  readerStallMs: 30_000,
  subscribersMax: 10_000,
  batchEventsMax: 100,
  batchBytesMax: 64 * 1024,
  liveWindowBytesMax: 4 * 1024 * 1024,
  groupsMax: 1000,
  groupNameBytesMax: 255,
  groupFilterBytesMax: 16 * 1024,
  memberBytesMax: 255,
  outstandingMax: 1000,
  leaseMsDefault: 30_000,
  leaseMsMin: 1000,
  leaseMsMax: 12 * 60 * 60 * 1000,
  attemptsDefault: 5,
  attemptsMax: 1000,
  pullWaitMsMax: 60_000,
  rejectReasonBytesMax: 1024,
};

/** The name under which sources past the bound are counted. */
export const otherSources = '(other)';
