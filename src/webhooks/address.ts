import { BlockList, isIP, isIPv4 } from "node:net";
import { VidpipeError } from "../domain/errors.ts";
import { howToSet } from "../domain/settings.ts";

/** IPv4 that is not a public internet address: private, shared, local, test, benchmark, multicast, reserved. */
const NOT_PUBLIC_V4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const;
/** Only 2000::/3 is the internet; within it these lead elsewhere: Teredo and others, documentation, 6to4. */
const PUBLIC_V6 = ["2000::", 3] as const;
const NOT_PUBLIC_V6 = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const;

const notPublic = new BlockList();
for (const [net, prefix] of NOT_PUBLIC_V4) notPublic.addSubnet(net, prefix, "ipv4");
for (const [net, prefix] of NOT_PUBLIC_V6) notPublic.addSubnet(net, prefix, "ipv6");
const publicV6 = new BlockList();
publicV6.addSubnet(...PUBLIC_V6, "ipv6");

/** Whether an IP address, in any notation, is a public internet address. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !notPublic.check(address, "ipv4");
  return isIP(address) === 6 && publicV6.check(address, "ipv6") && !notPublic.check(address, "ipv6");
}

/** Names that are never on the internet. */
const LOCAL_NAME = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|arpa)$/;

/**
 * A URL that messages may be sent to: https, no login in it, port 443 or 1024 and above, a name on the internet.
 * Hosts of `allowedHosts` (as in the URL, with a port that is not the usual one) may be anywhere and use http.
 * What the name leads to is checked again each time before it is dialled.
 * @throws VidpipeError input.invalid
 */
export function checkWebhookUrl(typed: string, allowedHosts: readonly string[]): URL {
  const refused = (reason: string) =>
    new VidpipeError("input.invalid", `webhook_url ${reason}`, { field: "webhook_url" });
  const url = URL.parse(typed);
  if (url === null || typed.length > 2_000)
    throw refused("must be a URL of at most 2,000 characters, such as https://example.com/vidpipe");
  if (url.username !== "" || url.password !== "")
    throw refused(`must not hold a user name or password: https://${url.host}/ without them would do`);
  if (!/^https?:$/.test(url.protocol))
    throw refused(`must start with https://, or with http:// for an allowed host, not ${url.protocol}`);
  if (allowedHosts.includes(url.host)) return url;
  // Only the host is shown: the rest of such a URL may be a secret.
  const allowed = `its host be allowed: ${howToSet("server.webhook_allowed_hosts", url.host)}`;
  if (url.protocol === "http:") throw refused(`must start with https://, not http://, or ${allowed}`);
  if (url.port !== "" && Number(url.port) < 1_024)
    throw refused(`must use port 443, or 1024 and above, not ${url.port}, or ${allowed}`);
  const name = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  const isPublic = isIP(name) > 0 ? isPublicAddress(name) : name.includes(".") && !LOCAL_NAME.test(name);
  if (!isPublic) throw refused(`must be on the internet, which ${url.hostname} is not, or ${allowed}`);
  return url;
}
