// By what tokens are told apart in files that hold none.

/**
 * 32 bits of a token, or of entries that hold one: the CRC of cksum(1) in POSIX, because image/bin/heroku
 * computes it too. Not a cryptographic hash on purpose: node:crypto alone would make the program a
 * sixth slower, and nothing here is kept from anybody who could not read the token beside it in
 * ~/.netrc. It is far too short to tell anything about a token.
 */
export function fingerprint(text: string): string {
  const bytes = Buffer.from(text);
  let sum = 0;
  const add = (byte: number) => {
    sum ^= byte << 24;
    for (let half = 0; half < 2; half++) sum = (sum << 4) ^ (remainders[sum >>> 28] ?? 0);
  };
  bytes.forEach(add);
  for (let length = bytes.length; length > 0; length >>>= 8) add(length & 0xff);
  return String(~sum >>> 0);
}

/** What four bits leave. Bit by bit it would take a millisecond of a hook that changes nothing. */
const remainders = [
  0x00000000, 0x04c11db7, 0x09823b6e, 0x0d4326d9, 0x130476dc, 0x17c56b6b, 0x1a864db2, 0x1e475005,
  0x2608edb8, 0x22c9f00f, 0x2f8ad6d6, 0x2b4bcb61, 0x350c9b64, 0x31cd86d3, 0x3c8ea00a, 0x384fbdbd,
];
