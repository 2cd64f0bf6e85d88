-- Makes wrk request the paths of a file in order, and prints the results as JSON.
-- wrk … -s paths.lua URL -- FILE [PAUSE]: each connection waits PAUSE milliseconds on average between two requests

local requests, position = {}, 0

function init(arguments)
  for path in io.lines(arguments[1]) do
    requests[#requests + 1] = wrk.format("GET", path)
  end
  local pause = tonumber(arguments[2])
  if pause then
    function delay() return math.random(0, 2 * pause) end
  end
end

function request()
  position = position % #requests + 1
  return requests[position]
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  local template = '{"requests": %d, "failed": %d, "per_second": %.1f, "p50_ms": %.3f, "p99_ms": %.3f, "max_ms": %.3f}\n'
  io.write(string.format(template, summary.requests, failed, summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000))
end
