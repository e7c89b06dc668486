export const ENGINE_ADDRESS = /^((\[[\da-f:.]+\]|[^\s:/@?#[\]]+)(:\d{1,5})?)?$/i;
export const ENGINE_ADDRESS_HINT = 'must be like temporal.example.org:7233, without https://';
