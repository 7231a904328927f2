-- One request, or several in turn, again and again, given by the environment; and what wrk measured as one line of JSON.
--   BENCH_METHOD, BENCH_BODY   GET and nothing unless told
--   BENCH_HEADERS              `Name: value` lines
--   BENCH_TURNS                `path authorization` lines: one after the other instead of the URL's path
--   BENCH_PORTS                ports of 127.0.0.1, one for each thread in turn; that of the URL unless told
wrk.method = os.getenv("BENCH_METHOD") or "GET"
local body = os.getenv("BENCH_BODY")
if body and body ~= "" then wrk.body = body end
for name, value in (os.getenv("BENCH_HEADERS") or ""):gmatch("([^:\n]+): ([^\n]*)") do
   wrk.headers[name] = value
end

local turns, turn = {}, 0
for path, authorization in (os.getenv("BENCH_TURNS") or ""):gmatch("(%S+) ([^\n]+)") do
   turns[#turns + 1] = { path, authorization }
end
if #turns > 0 then
   init = function()
      for number, one in ipairs(turns) do
         wrk.headers.Authorization = one[2]
         turns[number] = wrk.format(nil, one[1])
      end
   end
   request = function()
      turn = turn % #turns + 1
      return turns[turn]
   end
end

local ports, threads = {}, 0
for port in (os.getenv("BENCH_PORTS") or ""):gmatch("%d+") do ports[#ports + 1] = port end
setup = function(thread)
   if #ports > 0 then thread.addr = wrk.lookup("127.0.0.1", ports[threads % #ports + 1])[1] end
   threads = threads + 1
end

done = function(summary, latency)
   local errors = summary.errors
   io.write(string.format(
      'JSON {"answered": %d, "seconds": %.6f, "bytes": %d, "p50": %d, "p99": %d, "max": %d, '
         .. '"refused": %d, "errors": %d}\n',
      summary.requests, summary.duration / 1e6, summary.bytes, latency:percentile(50), latency:percentile(99),
      latency.max, errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
