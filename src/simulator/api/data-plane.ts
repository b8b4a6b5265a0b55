/** A data plane's ports: one for all streams at first, and a new one for each stream that moves. */
import type { ServerResponse } from 'node:http';
import { movedEndpoint } from './head-fault';
import { HttpPlane, type PlaneRequest, type TlsOptions } from './http-plane';
import { isAnyAddress } from './loopback';
import { operationOf, type PlaneOperations, type ServedOperation } from './operation';
import { sendNotServed } from './responses';
import { runCall } from './run-call';
import type { Service } from './service';

/** Names of the data planes, each with its own operations and ports. */
export type DataPlaneName = 'media' | 'archived';
export type DataPlanes = Readonly<Record<DataPlaneName, DataPlane>>;

export class DataPlane {
  readonly #service: Service;
  readonly #operations: PlaneOperations;
  readonly #host: string;
  readonly #tls: TlsOptions | undefined;
  readonly #first: HttpPlane;
  readonly #moved = new Map<string, HttpPlane>();
  readonly #all: HttpPlane[] = [];

  constructor(service: Service, operations: PlaneOperations, host: string, tls: TlsOptions | undefined) {
    this.#service = service;
    this.#operations = operations;
    this.#host = host;
    this.#tls = tls;
    this.#first = this.#newPlane();
  }

  get url(): string {
    return this.#first.url;
  }

  /** Requests that were refused unread, on all ports. */
  get refused(): number {
    return this.#all.reduce((sum, plane) => sum + plane.refused, 0);
  }

  /** The endpoint to announce; on a wildcard address, under the name that the caller used. */
  urlFor(stream: string, request: PlaneRequest): string {
    const { url } = this.#planeOf(stream);
    const asked = `http://${request.headers.host ?? ''}`;
    if (!isAnyAddress(this.#host) || !URL.canParse(asked)) {
      return url;
    }
    const announced = new URL(url);
    announced.hostname = new URL(asked).hostname;
    return announced.origin;
  }

  /** @throws the system's error if the port cannot be opened */
  async listen(port: number): Promise<void> {
    await this.#first.listen(port);
  }

  /** Gives a stream a new data port; the old ones refuse it from now on. */
  async move(stream: string): Promise<void> {
    const plane = this.#newPlane();
    await plane.listen(0);
    this.#moved.set(stream, plane);
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((plane) => plane.close()));
  }

  #newPlane(): HttpPlane {
    const plane: HttpPlane = new HttpPlane(
      this.#host,
      this.#tls,
      (request, response) => this.#handle(plane, request, response),
      (path) => this.#operations.here.get(path)?.takesMedia === true,
    );
    this.#all.push(plane);
    return plane;
  }

  async #handle(plane: HttpPlane, request: PlaneRequest, response: ServerResponse): Promise<void> {
    const service = this.#service;
    const served = operationOf(this.#operations, request);
    if (served === undefined || served === 'elsewhere') {
      sendNotServed(response, service.head(request), served);
      return;
    }
    await runCall({ service, plane, served: this.#atItsPort(served, plane) }, request, response, (stream) =>
      this.move(stream),
    );
  }

  /** Refuses streams that have moved to another port. */
  #atItsPort(served: ServedOperation, plane: HttpPlane): ServedOperation {
    return {
      ...served,
      answer: (service, call) => {
        if (call.stream !== undefined && this.#planeOf(call.stream) !== plane) {
          throw movedEndpoint();
        }
        return served.answer(service, call);
      },
    };
  }

  #planeOf(stream: string): HttpPlane {
    return this.#moved.get(stream) ?? this.#first;
  }
}
