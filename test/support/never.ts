/** A signal for calls that nothing stops. */
export const never = new AbortController().signal;
