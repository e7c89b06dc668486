/** Finds the counter whose key begins as the challenge asks (ALTCHA's proof of work, version 2). */
const fromHex = (hex) => Uint8Array.from(hex.match(/../g), (byte) => parseInt(byte, 16));
const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

const solve = async ({ algorithm, cost, keyLength, keyPrefix, nonce, salt }) => {
  const hash = algorithm.replace('PBKDF2/', '');
  const method = { name: 'PBKDF2', hash, iterations: cost, salt: fromHex(salt) };
  const prefix = fromHex(keyPrefix);
  // The nonce, then the counter in four bytes.
  const password = new Uint8Array([...fromHex(nonce), 0, 0, 0, 0]);
  const view = new DataView(password.buffer);
  for (let counter = 1; ; counter += 1) {
    view.setUint32(password.length - 4, counter);
    const material = await crypto.subtle.importKey('raw', password, 'PBKDF2', false, [
      'deriveBits',
    ]);
    const key = new Uint8Array(await crypto.subtle.deriveBits(method, material, keyLength * 8));
    if (prefix.every((byte, index) => byte === key[index]))
      return { counter, derivedKey: toHex(key) };
  }
};

self.addEventListener('message', ({ data }) => {
  solve(data.parameters).then(
    (solution) => self.postMessage(solution),
    (error) => self.postMessage({ error: String(error) }),
  );
});
