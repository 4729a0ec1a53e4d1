import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { checkWebhookUrl, isPublicAddress } from "../../src/webhooks/address.ts";

describe("61 an address", () => {
  test.each(
    [
      ["0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254"],
      ["172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1"],
      ["198.19.255.255", "198.51.100.1", "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255"],
      ["::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1"],
      ["fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1", "2001::1", "2001:0:53aa::1", "2001:db8::1"],
      ["2002:7f00:1::", "2002:a00:1::1", "3fff::1", "100::1", "4000::1", "not an address", "", "8.8.8", "1.2.3.4.5"],
    ].map((addresses) => ({ first: addresses[0], addresses })),
  )("$first and others of its kind are not public", ({ addresses }) => {
    expect(addresses.filter(isPublicAddress)).toEqual([]);
  });

  test.each(["1.1.1.1", "8.8.8.8", "100.128.0.1", "172.32.0.1", "192.0.1.1", "2606:4700::1111", "2a00:1450:4001::1"])(
    "%s is public",
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  test("in 10/8, however written into IPv6, is never public", () => {
    fc.assert(
      fc.property(fc.nat(255), fc.nat(255), fc.nat(255), (b, c, d) => {
        const hex = `${(10 * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
        const forms = [
          `10.${b}.${c}.${d}`,
          `::ffff:${hex}`,
          `::${hex}`,
          `64:ff9b::${hex}`,
          `2002:${hex}::1`,
          `2001:0:${hex}::`,
        ];
        expect(forms.filter(isPublicAddress)).toEqual([]);
      }),
      { seed: 1, numRuns: 200 },
    );
  }, 0);
});

describe("a webhook's URL", () => {
  const refusal = (url: string, allowed: readonly string[] = []): string | undefined => {
    try {
      checkWebhookUrl(url, allowed);
      return undefined;
    } catch (thrown) {
      return thrown instanceof Error ? thrown.message : String(thrown);
    }
  };

  test.each([
    "file:///etc/passwd",
    "http://hooks.example.com/",
    "ftp://hooks.example.com/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://\u2460\u2461\u2466.0.0.1/",
    "https://[::1]/",
    "https://[::ffff:7f00:1]/",
    "https://[64:ff9b::a00:1]/",
    "https://169.254.169.254/latest/meta-data",
    "https://metadata.google.internal/",
    "https://100.100.100.200/",
    "https://localhost/",
    "https://localhost./",
    "https://printer.local/",
    "https://intranet/",
    "https://user:secret@hooks.example.com/",
    "https://hooks.example.com:22/",
    "https://hooks.example.com:25/",
    "javascript:alert(1)",
    "not a url",
    `https://hooks.example.com/${"x".repeat(2_000)}`,
  ])("%s is refused", (url) => {
    expect(refusal(url)).toStartWith("webhook_url must");
  });

  test.each(["https://hooks.example.com/x?y=1", "https://hooks.example.com:8443/", "https://8.8.8.8/"])(
    "%s is taken",
    (url) => {
      expect(refusal(url)).toBeUndefined();
    },
  );

  test("of another protocol is not told to allow its host, which would not help; one with http is", () => {
    expect(refusal("ftp://x")).toBe(
      "webhook_url must start with https://, or with http:// for an allowed host, not ftp:",
    );
    expect(refusal("http://x")).toContain("set server.webhook_allowed_hosts to x");
  });

  test("may be anywhere when its host is allowed by name and port", () => {
    expect(refusal("http://n8n:5678/webhook/1", ["n8n:5678"])).toBeUndefined();
    expect(refusal("http://n8n:5679/webhook/1", ["n8n:5678"])).toBeString();
    expect(refusal("file://n8n/webhook", ["n8n"])).toBeString();
  });
});
