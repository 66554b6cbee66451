-- What wrk sends. Arguments: method, body, number of the first request, "unique" or "", then the paths to take in turn.
local method, body, number, unique
local paths = {}

function init(args)
  method, body, number, unique = args[1], args[2], tonumber(args[3]), args[4] == "unique"
  for place = 5, #args do
    paths[#paths + 1] = args[place]
  end
end

function request()
  number = number + 1
  local path = paths[number % #paths + 1]
  if unique then
    path = path .. "?stars=" .. number
  end
  return wrk.format(method, path, nil, body)
end
