// One charger's day: boot, a session that the server stops, one that it starts and stops, goodbye.
// What happens is told on standard output, one JSON object a line.

import { words } from "./words.mjs";

export const [url, identity, password, version] = process.argv.slice(2);

const print = (line) => console.log(JSON.stringify(line));

/** Tell of a message that breaks the schema, and end in failure. */
const broken = (what) => {
  print({ broken: String(what?.message ?? what), details: what?.details });
  process.exitCode = 1;
};

/** `link` has connect(), call(action, payload), handle(action, answer), onFault(tell), close(). */
const charge = async (link) => {
  const heard = [];
  const waiting = [];
  const say = words[version]((action, payload) => link.call(action, payload));
  for (const [action, answer] of Object.entries(say.answers)) {
    link.handle(action, (payload) => {
      print({ heard: action, payload });
      heard.push([action, payload]);
      waiting.shift()?.();
      return answer;
    });
  }
  const hear = async (suffix) => {
    while (!heard.length) await new Promise((resolve) => waiting.push(resolve));
    const [action, payload] = heard.shift();
    if (!suffix.includes(action)) throw new Error(`${action} came instead of ${suffix}`);
    return payload;
  };
  const stop = ["RemoteStopTransaction", "RequestStopTransaction"];
  const start = ["RemoteStartTransaction", "RequestStartTransaction"];

  await link.connect();
  // The package's own validation refuses that, and sends nothing.
  const strict = await link.call("BootNotification", { bogus: true }).then(
    () => false,
    () => true,
  );
  if (!strict) throw new Error("an invalid message was sent");
  print({ step: "strict" });
  link.onFault(broken);
  const booted = await say.boot();
  await say.available();
  await say.beat();
  print({ step: "booted", status: booted.status });
  print({ step: "authorized", status: await say.authorize() });
  print({ step: "started", status: await say.start(null) });
  await say.meter(1500);
  await say.meter(2000);
  print({ step: "charging" });
  await hear(["SetChargingProfile"]);
  await hear(stop);
  await say.stop(3000);
  print({ step: "stopped" });
  const order = await hear(start);
  print({ step: "started", status: await say.start(order) });
  await hear(stop);
  await say.stop(1000);
  await link.close();
  print({ step: "gone" });
};

export const run = (link) =>
  charge(link).then(
    () => process.exit(),
    (error) => {
      broken(error);
      process.exit(1);
    },
  );
