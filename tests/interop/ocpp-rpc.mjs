import { RPCClient } from "ocpp-rpc";

import { identity, password, run, url, version } from "./charger.mjs";

const client = new RPCClient({
  endpoint: url,
  identity,
  password,
  protocols: [version],
  strictMode: true,
  reconnect: false,
});

await run({
  connect: () => client.connect(),
  call: (action, payload) => client.call(action, payload),
  handle: (action, answer) => client.handle(action, ({ params }) => answer(params)),
  onFault: (tell) => client.on("strictValidationFailure", ({ error }) => tell(error)),
  close: () => client.close(),
});
