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
    for (let bit = 0; bit < 8; bit++) sum = sum < 0 ? (sum << 1) ^ 0x04c11db7 : sum << 1;
  };
  bytes.forEach(add);
  for (let length = bytes.length; length > 0; length >>>= 8) add(length & 0xff);
  return String(~sum >>> 0);
}
