/** The control plane's port: its operations, pushed media and the admin API. */
import type { ServerResponse } from 'node:http';
import { admin } from './admin';
import type { StreamMaker } from './admin-streams';
import { HttpPlane, type PlaneRequest, type TlsOptions } from './http-plane';
import { isLoopbackHost } from './loopback';
import { operationOf, type PlaneOperations } from './operation';
import { isPush, push } from './push';
import { sendNotServed } from './responses';
import { runCall } from './run-call';
import type { Service } from './service';

export class ControlPlane {
  readonly #service: Service;
  readonly #operations: PlaneOperations;
  readonly #make: StreamMaker;
  readonly #host: string;
  readonly #plane: HttpPlane;

  constructor(
    service: Service,
    operations: PlaneOperations,
    make: StreamMaker,
    host: string,
    tls: TlsOptions | undefined,
  ) {
    this.#make = make;
    this.#service = service;
    this.#operations = operations;
    this.#host = host;
    this.#plane = new HttpPlane(host, tls, (...args) => this.#handle(...args), isPush);
  }

  /** Known once it listens. */
  get url(): string {
    return this.#plane.url;
  }

  /** Requests that were refused unread. */
  get refused(): number {
    return this.#plane.refused;
  }

  /** @throws the system's error if the port cannot be opened */
  async listen(port: number): Promise<void> {
    await this.#plane.listen(port);
  }

  async close(): Promise<void> {
    await this.#plane.close();
  }

  async #handle(request: PlaneRequest, response: ServerResponse): Promise<void> {
    const service = this.#service;
    const plane = this.#plane;
    const context = { service, plane, enabled: isLoopbackHost(this.#host) };
    if (push(context, request, response) || admin({ service, make: this.#make }, request, response)) {
      return;
    }
    const served = operationOf(this.#operations, request);
    if (served === undefined || served === 'elsewhere') {
      sendNotServed(response, service.head(request), served);
      return;
    }
    await runCall({ service, plane, served }, request, response);
  }
}
