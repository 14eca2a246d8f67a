'use strict';
// An operator's SMSC for the tests, on node-smpp's server. Told what to do by JSON lines on standard input; says what it
// sees by JSON lines on standard output. tests/doubles/smsc.py speaks to it.
const smpp = require('smpp');
const readline = require('readline');

const bound = new Map(); // session -> command of its bind
let refusal = 0; // command_status of binds
let statuses = []; // command_status of the next submit_sm
let ids = []; // message_id of the next submit_sm
let holding = null; // answers to submit_sm that wait, or null
let deaf = false; // answers no enquire_link
let count = 0;

function say(event, values) {
  process.stdout.write(JSON.stringify({ event, ...values }) + '\n');
}

function content(pdu) {
  const source = pdu.message_payload || pdu.short_message;
  const udh = source.udh || [];
  const message = Buffer.isBuffer(source.message) ? source.message.toString('hex') : source.message;
  return { text: message, udh: udh.map((each) => each.toString('hex')), payload: Boolean(pdu.message_payload) };
}

function submitted(session, pdu) {
  const status = statuses.shift() || 0;
  const id = status ? null : ids.shift() || 'id-' + (count += 1);
  say('submit', {
    status, id, to: pdu.destination_addr, from: pdu.source_addr, from_ton: pdu.source_addr_ton,
    from_npi: pdu.source_addr_npi, to_ton: pdu.dest_addr_ton, esm_class: pdu.esm_class, data_coding: pdu.data_coding,
    registered_delivery: pdu.registered_delivery, sar_reference: pdu.sar_msg_ref_num, sar_total: pdu.sar_total_segments,
    sar_part: pdu.sar_segment_seqnum, ...content(pdu),
  });
  const answer = () => session.send(pdu.response(status ? { command_status: status } : { message_id: id }));
  if (holding) holding.push(answer); else answer();
}

const server = smpp.createServer((session) => {
  session.on('error', () => {});
  session.on('close', () => { if (bound.delete(session)) say('closed'); });
  for (const command of ['bind_transceiver', 'bind_transmitter', 'bind_receiver']) {
    session.on(command, (pdu) => {
      if (refusal) return session.send(pdu.response({ command_status: refusal }));
      bound.set(session, command);
      session.send(pdu.response({ system_id: 'double' }));
      say('bound', { command, system_id: pdu.system_id, password: pdu.password, version: pdu.interface_version });
    });
  }
  session.on('submit_sm', (pdu) => submitted(session, pdu));
  session.on('enquire_link', (pdu) => { say('enquire_link'); if (!deaf) session.send(pdu.response()); });
  session.on('unbind', (pdu) => { say('unbind'); session.send(pdu.response(), () => session.close()); });
});

function receiver() {
  const found = [...bound].filter(([, command]) => command !== 'bind_transmitter').pop();
  return found && found[0];
}

function message(values) {
  const { text, udh, octets, ...rest } = values;
  const body = octets === undefined ? text : Buffer.from(octets, 'hex');
  return { ...rest, short_message: { message: body, udh: udh && Buffer.from(udh, 'hex') } };
}

const does = {
  deliver({ tag, pdu, payload }) {
    const values = message(pdu);
    if (payload) { values.message_payload = values.short_message; values.short_message = ''; }
    receiver().deliver_sm(values, (answer) => say('answer', { tag, status: answer.command_status }));
  },
  enquire({ tag }) { receiver().enquire_link({}, (answer) => say('answer', { tag, status: answer.command_status })); },
  other({ tag }) { receiver().query_sm({ message_id: 'x' }, (answer) => say('answer', { tag, status: answer.command_status })); },
  raw({ octets }) { receiver().socket.write(Buffer.from(octets, 'hex')); },
  statuses(values) { statuses = values.statuses; },
  ids(values) { ids = values.ids; },
  refuse(values) { refusal = values.status; },
  hold() { holding = []; },
  release() { const waiting = holding || []; holding = null; waiting.forEach((answer) => answer()); },
  deafen(values) { deaf = values.deaf; },
  drop() { [...bound.keys()].forEach((session) => session.destroy()); },
  unbind() { [...bound.keys()].forEach((session) => session.unbind({}, () => session.close())); },
};

readline.createInterface({ input: process.stdin })
  .on('line', (line) => { const order = JSON.parse(line); does[order.do](order); say('done', { of: order.number }); })
  .on('close', () => process.exit(0));
server.listen(Number(process.argv[2] || 0), '127.0.0.1', () => say('listening', { port: server.address().port }));
