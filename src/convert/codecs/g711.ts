/** G.711 to linear samples of 16 bits (ITU-T G.711, tables 1 and 2; scaled to the full range as usual). */

export const A_LAW = table((code) => {
  const bits = code ^ 0x55;
  const segment = (bits >> 4) & 7;
  const step = ((bits & 15) << 4) + 8;
  const value = segment === 0 ? step : (step + 0x100) << (segment - 1);
  return (bits & 0x80) === 0 ? -value : value;
});

export const U_LAW = table((code) => {
  const bits = ~code & 0xff;
  const value = ((((bits & 15) << 3) + 0x84) << ((bits >> 4) & 7)) - 0x84;
  return (bits & 0x80) === 0 ? value : -value;
});

function table(decode: (code: number) => number): Int16Array {
  return Int16Array.from({ length: 256 }, (_, code) => decode(code));
}
