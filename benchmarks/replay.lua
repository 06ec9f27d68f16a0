-- Cycles over a file of complete requests (wire.py writes it) and ends with one line of JSON:
--   REQUESTS=FILE wrk -t1 -c64 -d5s -s replay.lua http://127.0.0.1:PORT
local requests, count, last = {}, 0, 0

function init()
  local file = assert(io.open(assert(os.getenv("REQUESTS"), "set REQUESTS to the file"), "rb"))
  for length in function() return file:read("*l") end do
    count = count + 1
    requests[count] = assert(file:read(tonumber(length)))
  end
  file:close()
  assert(count > 0, "the file has no requests")
end

function request()
  last = last % count + 1
  return requests[last]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %.3f, "p50_ms": %.3f, "p99_ms": %.3f, "max_ms": %.3f, ' ..
    '"refused": %d, "broken": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    latency.max / 1e3, errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
