const silent = new Proxy(() => silent, { get: (_, name) => (name === "then" ? undefined : silent) });

export const createLogger = () => silent;
export const consoleTransport = () => silent;
export const prettyTransport = () => silent;
