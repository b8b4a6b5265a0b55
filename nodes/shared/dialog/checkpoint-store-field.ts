/** The field `checkpointStore`, by which a node names the context store of its checkpoint. */

/** Offers the names of the run time's context stores. @param list a `datalist` */
export function offerContextStores(list: JQuery): void {
  for (const store of RED.settings.context?.stores ?? []) {
    $('<option>').val(store).appendTo(list);
  }
}

/** Whether the store loses what it has at a restart. A name that Node-RED does not know means the default store. */
export function isInMemory(store: string): boolean {
  const { context, kvsGetMediaMemoryStores: inMemory = [] } = RED.settings;
  return inMemory.includes(context?.stores?.includes(store) === true ? store : '');
}
