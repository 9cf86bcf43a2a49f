/** Which addresses a stranger may make us speak to. */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** All of the internet's IPv6 hosts live here (IANA's global unicast space); the rest embeds, maps or is local. */
const globalUnicast = ipaddr.parseCIDR('2000::/3');

/**
 * True where the address belongs to a host of the internet. IANA's special-purpose registries, as ipaddr.js keeps them,
 * say which do not: loopback, private, link-local (the metadata services among them), carrier-grade NAT, multicast,
 * documentation, and all that carries an IPv4 address inside (mapped, compatible, NAT64, 6to4, Teredo), because a router
 * may take it out again. https://www.iana.org/assignments/iana-ipv4-special-registry,
 * https://www.iana.org/assignments/iana-ipv6-special-registry
 */
export const isPublicAddress = (address: string): boolean => {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.parse(address);
  return parsed.range() === 'unicast' && (parsed.kind() === 'ipv4' || parsed.match(globalUnicast));
};
