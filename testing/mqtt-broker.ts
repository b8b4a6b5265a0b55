/** The least of an MQTT 3.1.1 broker: accepts every client, keeps what is published with QoS 0, and sends it to who has subscribed to just that topic. */
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

export interface Published {
  readonly topic: string;
  readonly payload: Buffer;
  readonly retain: boolean;
}

const CONNECT = 1;
const PUBLISH = 3;
const SUBSCRIBE = 8;
const PING = 12;

export class MqttBroker {
  readonly published: Published[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #subscribers = new Map<string, Set<Socket>>();
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

  /** Resolves when someone has subscribed to the topic. */
  async subscribed(topic: string): Promise<void> {
    while ((this.#subscribers.get(topic)?.size ?? 0) === 0) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
  }

  /** Sends a message of less than 16 KiB to who has subscribed. */
  publish(topic: string, payload: Buffer): void {
    const name = Buffer.from(topic);
    const length = 2 + name.length + payload.length;
    const head = Buffer.from([
      PUBLISH << 4,
      (length & 0x7f) | 0x80,
      length >> 7,
      name.length >> 8,
      name.length & 0xff,
    ]);
    for (const socket of this.#subscribers.get(topic) ?? []) {
      socket.write(Buffer.concat([head, name, payload]));
    }
  }

  #serve(socket: Socket): void {
    let rest = Buffer.alloc(0);
    this.#sockets.add(socket);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#subscribers.forEach((subscribers) => subscribers.delete(socket));
    });
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
        const payload = body.subarray(2 + length);
        this.published.push({ topic, payload, retain: (flags & 1) === 1 });
        this.#arrived();
        this.publish(topic, payload);
        break;
      }
      case SUBSCRIBE: {
        const topic = body.toString('utf8', 4, 4 + body.readUInt16BE(2));
        const subscribers = this.#subscribers.get(topic) ?? new Set();
        this.#subscribers.set(topic, subscribers.add(socket));
        this.#arrived();
        // With QoS 0, whatever was asked for.
        socket.write(Buffer.from([0x90, 3, body[0] ?? 0, body[1] ?? 0, 0]));
        break;
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
