-- What wrk sends to the log: an entry each time, with an id that no other has.

local threads = 0

function setup(thread)
  thread:set("thread", threads)
  threads = threads + 1
end

function init()
  start, count = os.time(), 0
end

function request()
  count = count + 1
  local entry = string.format(
    '{"id":"%d-%d-%d","service":"service1","site":"baidu","connected":true,"latency":1,"status":200,"time":"%s"}',
    start, thread, count, os.date("!%Y-%m-%dT%H:%M:%SZ"))
  return wrk.format("POST", nil, { ["Content-Type"] = "application/json" }, entry)
end
