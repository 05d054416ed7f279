// `ocpp-rpc`, strict, in memory.
const { RPCServer } = require('ocpp-rpc');

let transactions = 0;
const server = new RPCServer({ protocols: ['ocpp1.6', 'ocpp2.0.1'], strictMode: true });
server.auth((accept) => accept());
server.on('client', (client) => {
  client.handle('BootNotification', () => ({
    status: 'Accepted', interval: 300, currentTime: new Date().toISOString(),
  }));
  client.handle('StatusNotification', () => ({}));
  client.handle('StartTransaction', () => {
    transactions += 1;
    return { transactionId: transactions, idTagInfo: { status: 'Accepted' } };
  });
  client.handle('MeterValues', () => ({}));
  client.handle('StopTransaction', () => ({}));
  client.handle('TransactionEvent', () => ({}));
});
server.listen(0, '127.0.0.1').then((listening) => console.log(listening.address().port));
process.stdin.on('end', () => process.exit(0)).resume();
