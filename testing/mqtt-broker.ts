/** The least of an MQTT 3.1.1 broker: accepts every client and keeps what is published with QoS 0. */
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

export interface Published {
  readonly topic: string;
  readonly payload: Buffer;
  readonly retain: boolean;
}

const CONNECT = 1;
const PUBLISH = 3;
const PING = 12;

export class MqttBroker {
  readonly published: Published[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server: Server = createServer((socket) => {
    this.#serve(socket);
  });
  #arrived: () => void = () => undefined;

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Resolves when so many messages have been published. */
  async until(count: number): Promise<void> {
    while (this.published.length < count) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
  }

  #serve(socket: Socket): void {
    let rest = Buffer.alloc(0);
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.on('data', (data: Buffer) => {
      rest = Buffer.concat([rest, data]);
      for (let packet = first(rest); packet !== undefined; packet = first(rest)) {
        rest = rest.subarray(packet.end);
        this.#take(packet, socket);
      }
    });
  }

  #take({ type, flags, body }: Packet, socket: Socket): void {
    switch (type) {
      case CONNECT:
        socket.write(Buffer.from([0x20, 2, 0, 0]));
        break;
      case PING:
        socket.write(Buffer.from([0xd0, 0]));
        break;
      case PUBLISH: {
        const length = body.readUInt16BE(0);
        const topic = body.toString('utf8', 2, 2 + length);
        this.published.push({ topic, payload: body.subarray(2 + length), retain: (flags & 1) === 1 });
        this.#arrived();
      }
    }
  }
}

interface Packet {
  readonly type: number;
  readonly flags: number;
  readonly body: Buffer;
  readonly end: number;
}

/** The first packet of the bytes; undefined while it is not complete. */
function first(bytes: Buffer): Packet | undefined {
  let length = 0;
  let at = 1;
  for (let shift = 0; ; shift += 7, at += 1) {
    const byte = bytes[at];
    if (byte === undefined) {
      return undefined;
    }
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) {
      break;
    }
  }
  const start = at + 1;
  const end = start + length;
  const [head = 0] = bytes;
  return end > bytes.length
    ? undefined
    : { type: head >> 4, flags: head & 15, body: bytes.subarray(start, end), end };
}
