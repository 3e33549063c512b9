// What Redis does in one atomic step each: the stream and the counters that bound it never tell different stories.
import { createHash } from 'node:crypto';

export interface Script {
  readonly source: string;
  readonly sha: string;
}

function script(source: string): Script {
  return { source, sha: createHash('sha1').update(source).digest('hex') };
}

/**
 * An entry of somebody else's, without a count like ours, stands for nothing in the counters. An empty queue sets them
 * to nothing, whatever had happened to them.
 */
const shared = `
local function fieldsOf(entry)
  local fields, found = entry[2], {}
  for i = 1, #fields, 2 do found[fields[i]] = fields[i + 1] end
  local data = found.d or ''
  if not string.find(found.n or '', '^%d%d?%d?%d?%d?$') then return 0, 0, data end
  return tonumber(found.n), #data, data
end
local function lower(queue, counters, events, bytes, delivered)
  redis.call('HINCRBY', counters, 'events', 0 - events)
  redis.call('HINCRBY', counters, 'bytes', 0 - bytes)
  redis.call('HINCRBY', counters, 'delivered', 0 - delivered)
  if redis.call('XLEN', queue) == 0 then redis.call('HDEL', counters, 'events', 'bytes', 'delivered') end
end
local function numberIn(counters, field) return tonumber(redis.call('HGET', counters, field) or '0') end
`;

/**
 * KEYS queue, counters; ARGV the most events, the most bytes, all events, all bytes, then events and data of each
 * entry. An empty answer, or the events and bytes that left no room.
 */
export const enqueue = script(`${shared}
local queue, counters = KEYS[1], KEYS[2]
local events, bytes = numberIn(counters, 'events'), numberIn(counters, 'bytes')
if events + ARGV[3] > tonumber(ARGV[1]) or bytes + ARGV[4] > tonumber(ARGV[2]) then return { events, bytes } end
for i = 5, #ARGV, 2 do redis.call('XADD', queue, '*', 'n', ARGV[i], 'd', ARGV[i + 1]) end
redis.call('HINCRBY', counters, 'events', ARGV[3])
redis.call('HINCRBY', counters, 'bytes', ARGV[4])
return {}
`);

/**
 * KEYS queue, counters; ARGV group, consumer, idle milliseconds after which an entry is taken over, the most events,
 * the most bytes, the most entries, and the deliveries after which an entry comes alone. The queue's last id, and of
 * each entry: id, deliveries, events, bytes, data.
 */
export const receive = script(`${shared}
local queue, counters, group, consumer, idleMs = KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3]
local eventsMax, bytesMax, entriesMax = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local soundMax, alone = tonumber(ARGV[7]), false
local taken, events, bytes = {}, 0, 0
local function take(entry, deliveries)
  local count, size, data = fieldsOf(entry)
  taken[#taken + 1] = { entry[1], deliveries, count, size, data }
  events, bytes = events + count, bytes + #data
  return count
end
local function full() return alone or #taken >= entriesMax or events >= eventsMax or bytes >= bytesMax end
for _, row in ipairs(redis.call('XPENDING', queue, group, 'IDLE', idleMs, '-', '+', entriesMax)) do
  alone = row[4] >= soundMax
  if #taken > 0 and (alone or full()) then break end
  local entry = redis.call('XCLAIM', queue, group, consumer, idleMs, row[1])[1]
  if entry then take(entry, row[4] + 1) end
end
local delivered = 0
while not full() do
  local reply = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', 1, 'STREAMS', queue, '>')
  if not reply then break end
  delivered = delivered + take(reply[1][2][1], 1)
end
if delivered > 0 then redis.call('HINCRBY', counters, 'delivered', delivered) end
local info, lastId = redis.call('XINFO', 'STREAM', queue), '0-0'
for i = 1, #info, 2 do if info[i] == 'last-generated-id' then lastId = info[i + 1] end end
return { lastId, taken }
`);

/** KEYS queue, counters; ARGV group, then id, events and bytes of each entry. How many were still there. */
export const acknowledge = script(`${shared}
local queue, counters, group = KEYS[1], KEYS[2], ARGV[1]
local gone, events, bytes = 0, 0, 0
for i = 2, #ARGV, 3 do
  if redis.call('XACK', queue, group, ARGV[i]) == 1 then
    redis.call('XDEL', queue, ARGV[i])
    gone, events, bytes = gone + 1, events + ARGV[i + 1], bytes + ARGV[i + 2]
  end
end
if gone > 0 then lower(queue, counters, events, bytes, events) end
return gone
`);

/** KEYS queue; ARGV group, consumer, then ids. Only those that are this consumer's still; deliveries do not rise. */
export const keep = script(`
local queue, group, consumer = KEYS[1], ARGV[1], ARGV[2]
for i = 3, #ARGV do
  if #redis.call('XPENDING', queue, group, ARGV[i], ARGV[i], 1, consumer) == 1 then
    redis.call('XCLAIM', queue, group, consumer, 0, ARGV[i], 'JUSTID')
  end
end
`);

/**
 * KEYS queue; ARGV group, consumer, then id and deliveries before this one. They are given to nobody, an hour ago, so
 * that all may claim them at once.
 */
export const release = script(`
local queue, group, consumer = KEYS[1], ARGV[1], ARGV[2]
for i = 3, #ARGV, 2 do
  if #redis.call('XPENDING', queue, group, ARGV[i], ARGV[i], 1, consumer) == 1 then
    redis.call('XCLAIM', queue, group, '(nobody)', 0, ARGV[i], 'IDLE', 3600000, 'RETRYCOUNT', ARGV[i + 1], 'JUSTID')
  end
end
`);

/**
 * KEYS queue, counters, dead; ARGV group, id, reason, deliveries, milliseconds since 1970, the most dead entries, the
 * most dead bytes. 1 when it is buried, 0 when it was gone already, -1 when no more can be buried. It leaves the queue
 * first: a Redis that is out of memory refuses a script's first write if it takes any, and none of those that follow.
 */
export const bury = script(`${shared}
local queue, counters, dead, group, id = KEYS[1], KEYS[2], KEYS[3], ARGV[1], ARGV[2]
local entry = redis.call('XRANGE', queue, id, id)[1]
if #redis.call('XPENDING', queue, group, id, id, 1) == 0 or not entry then return 0 end
local count, size, data = fieldsOf(entry)
local deadBytes = numberIn(counters, 'deadBytes')
if redis.call('XLEN', dead) >= tonumber(ARGV[6]) or deadBytes + #data > tonumber(ARGV[7]) then return -1 end
redis.call('XACK', queue, group, id)
redis.call('XDEL', queue, id)
redis.call('XADD', dead, '*', 'n', count, 'd', data, 'reason', ARGV[3], 'deliveries', ARGV[4], 'ms', ARGV[5])
redis.call('HINCRBY', counters, 'deadBytes', #data)
lower(queue, counters, count, size, count)
return 1
`);

/**
 * KEYS queue, counters, dead; ARGV the most events, the most bytes, an id. 1 when it is back in the queue, 0 when it is
 * not dead, and the events and bytes that left no room.
 */
export const replay = script(`${shared}
local queue, counters, dead, id = KEYS[1], KEYS[2], KEYS[3], ARGV[3]
local entry = redis.call('XRANGE', dead, id, id)[1]
if not entry then return 0 end
local count, size, data = fieldsOf(entry)
local events, bytes = numberIn(counters, 'events'), numberIn(counters, 'bytes')
if events + count > tonumber(ARGV[1]) or bytes + size > tonumber(ARGV[2]) then return { events, bytes } end
redis.call('XADD', queue, '*', 'n', count, 'd', data)
redis.call('HINCRBY', counters, 'events', count)
redis.call('HINCRBY', counters, 'bytes', size)
redis.call('XDEL', dead, id)
redis.call('HINCRBY', counters, 'deadBytes', 0 - #data)
return 1
`);

/** KEYS queue, counters, dead. Events waiting, events delivered, dead entries. */
export const stats = script(`${shared}
return { numberIn(KEYS[2], 'events'), numberIn(KEYS[2], 'delivered'), redis.call('XLEN', KEYS[3]) }
`);

/** KEYS queue; ARGV group, idle milliseconds, consumer: those with nothing that were away for longer, and this one. */
export const forgetConsumers = script(`
for _, row in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local consumer = {}
  for i = 1, #row, 2 do consumer[row[i]] = row[i + 1] end
  local away = consumer.name == ARGV[3] or consumer.idle > tonumber(ARGV[2])
  if consumer.pending == 0 and away then redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer.name) end
end
`);

export const scripts: readonly Script[] = [
  enqueue,
  receive,
  acknowledge,
  keep,
  release,
  bury,
  replay,
  stats,
  forgetConsumers,
];
