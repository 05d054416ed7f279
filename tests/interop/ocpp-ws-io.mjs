import { OCPPClient } from "ocpp-ws-io";

import { identity, password, run, url, version } from "./charger.mjs";

const client = new OCPPClient({
  endpoint: url,
  identity,
  password,
  securityProfile: 1,
  protocols: [version],
  strictMode: true,
  reconnect: false,
  logging: false,
});

await run({
  connect: () => client.connect(),
  call: (action, payload) => client.call(version, action, payload),
  handle: (action, answer) => client.handle(version, action, ({ params }) => answer(params)),
  onFault: (tell) => client.on("strictValidationFailure", ({ error }) => tell(error)),
  close: () => client.close(),
});
