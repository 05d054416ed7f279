// What a charger says and answers, in each version: plain payloads, written by hand.

// The first session began an hour ago, so that its energy fits the time that it took.
const STARTED = Date.now() - 3_600_000;
const MINUTES = { 1000: 0, 1500: 10, 2000: 20, 3000: 40 };

const now = () => new Date().toISOString();
const at = (wh, second) =>
  second ? now() : new Date(STARTED + MINUTES[wh] * 60_000).toISOString();

const register = (wh, context, second) => ({
  timestamp: at(wh, second),
  sampledValue: [{ value: wh, measurand: "Energy.Active.Import.Register", context }],
});

const v16 = (tell) => {
  let transactionId;
  let second = false;
  const status = (word) =>
    tell("StatusNotification", { connectorId: 1, errorCode: "NoError", status: word });
  const reading = (wh) => ({
    timestamp: at(wh, second),
    sampledValue: [
      { value: String(wh), measurand: "Energy.Active.Import.Register", unit: "Wh" },
      { value: "16.0", measurand: "Current.Import", phase: "L1", unit: "A" },
    ],
  });
  return {
    boot: () =>
      tell("BootNotification", { chargePointVendor: "Interop", chargePointModel: "Node" }),
    available: () => status("Available"),
    beat: () => tell("Heartbeat", {}),
    authorize: async () => (await tell("Authorize", { idTag: "GOOD" })).idTagInfo.status,
    start: async (remote) => {
      second = remote !== null;
      await status("Preparing");
      const answer = await tell("StartTransaction", {
        connectorId: 1,
        idTag: "GOOD",
        meterStart: 1000,
        timestamp: at(1000, second),
      });
      transactionId = answer.transactionId;
      await status("Charging");
      return answer.idTagInfo.status;
    },
    meter: (wh) =>
      tell("MeterValues", { connectorId: 1, transactionId, meterValue: [reading(wh)] }),
    stop: async (wh) => {
      await tell("StopTransaction", {
        transactionId,
        meterStop: wh,
        timestamp: at(wh, second),
        reason: "Remote",
      });
      await status("Finishing");
      await status("Available");
    },
    answers: {
      SetChargingProfile: { status: "Accepted" },
      RemoteStartTransaction: { status: "Accepted" },
      RemoteStopTransaction: { status: "Accepted" },
    },
  };
};

const v2 = (tell) => {
  let transactionId;
  let seqNo;
  let second = false;
  const status = (word) =>
    tell("StatusNotification", {
      timestamp: now(),
      connectorStatus: word,
      evseId: 1,
      connectorId: 1,
    });
  const event = (wh, eventType, triggerReason, chargingState, info = {}, more = {}) =>
    tell("TransactionEvent", {
      eventType,
      triggerReason,
      timestamp: at(wh, second),
      seqNo: seqNo++,
      transactionInfo: { transactionId, chargingState, ...info },
      evse: { id: 1, connectorId: 1 },
      ...more,
    });
  const idToken = { idToken: "GOOD", type: "ISO14443" };
  return {
    boot: () =>
      tell("BootNotification", {
        reason: "PowerUp",
        chargingStation: { vendorName: "Interop", model: "Node" },
      }),
    available: () => status("Available"),
    beat: () => tell("Heartbeat", {}),
    authorize: async () => (await tell("Authorize", { idToken })).idTokenInfo.status,
    start: async (remote) => {
      transactionId = `interop-${Math.random().toString(36).slice(2)}`;
      seqNo = 0;
      second = remote !== null;
      await status("Occupied");
      const answer = await event(
        1000,
        "Started",
        remote ? "RemoteStart" : "Authorized",
        "EVConnected",
        remote ? { remoteStartId: remote.remoteStartId } : {},
        { idToken, meterValue: [register(1000, "Transaction.Begin", second)] },
      );
      await event(1000, "Updated", "ChargingStateChanged", "Charging");
      return answer.idTokenInfo.status;
    },
    meter: (wh) =>
      event(wh, "Updated", "MeterValuePeriodic", "Charging", {}, {
        meterValue: [register(wh, "Sample.Periodic", second)],
      }),
    stop: async (wh) => {
      await event(wh, "Ended", "RemoteStop", "EVConnected", { stoppedReason: "Remote" }, {
        meterValue: [register(wh, "Transaction.End", second)],
      });
      await status("Available");
    },
    answers: {
      SetChargingProfile: { status: "Accepted" },
      RequestStartTransaction: { status: "Accepted" },
      RequestStopTransaction: { status: "Accepted" },
    },
  };
};

export const words = { "ocpp1.6": v16, "ocpp2.0.1": v2, "ocpp2.1": v2 };
