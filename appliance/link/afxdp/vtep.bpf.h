/* A VTEP of our own: VXLAN to one of our addresses is ours (at a tap: any VXLAN), all
 * else is the kernel's, which keeps ARP, neighbour discovery, routing protocols and logins. What is
 * ours must not get to a VXLAN device of the kernel by a detour, so this looks
 * behind extension headers and at first fragments too: Go refuses those. */

#define MAX_EXTENSIONS 6	/* of IPv6 in front of UDP */

static __always_inline bool is_own(__u32 *address)
{
	if (!config.own_count)	/* a tap */
		return true;
	for (int i = 0; i < MAX_OWN && i < config.own_count; i++) {
		const volatile __u32 *own = config.own[i];

		if (own[3] == address[3] && own[2] == address[2] && own[1] == address[1] && own[0] == address[0])
			return true;
	}
	return false;
}

static __always_inline bool to_vxlan(struct frame *f, struct udphdr *udp)
{
	return (void *)(udp + 1) <= f->end && is_vxlan_port(udp->dest);
}

static __always_inline bool for_us4(struct frame *f, struct iphdr *ip)
{
	__u32 address[4] = { 0, 0, bpf_htonl(0xffff), 0 };

	if ((void *)(ip + 1) > f->end || ip->version != 4 || ip->ihl * 4 < sizeof(*ip) ||
	    ip->protocol != IPPROTO_UDP || ip->frag_off & bpf_htons(0x1fff))
		return false;
	address[3] = ip->daddr;
	return is_own(address) && to_vxlan(f, (void *)ip + ip->ihl * 4);
}

/* RFC 8200 section 4; a fragment header has its offset where others have options. */
struct extension {
	__u8 next, len;
	__be16 offset;
	__u32 rest;
};

static __always_inline bool for_us6(struct frame *f, struct ipv6hdr *ip)
{
	struct extension *e = (void *)(ip + 1);
	__u8 next;

	if ((void *)e > f->end || ip->version != 6 || !is_own(ip->daddr.in6_u.u6_addr32))
		return false;
	next = ip->nexthdr;
	for (int i = 0; i < MAX_EXTENSIONS && is_extension(next); i++) {
		if ((void *)(e + 1) > f->end)
			return false;
		if (next == 44 && e->offset & bpf_htons(0xfff8))
			return false;
		__u32 len = next == 44 ? sizeof(*e) : (e->len + 1) * 8;

		next = e->next;
		e = (void *)e + len;
	}
	/* More of them than are read here: Go refuses what it cannot read either. */
	return is_extension(next) || (next == IPPROTO_UDP && to_vxlan(f, (void *)e));
}

/* Is a frame VXLAN for one of our addresses, or for a tap? */
static __always_inline bool for_us(struct frame *f)
{
	__be16 type;
	void *l3 = skip_tags(f, &type);

	if (!l3)
		return false;
	if (type == bpf_htons(ETH_P_IP))
		return for_us4(f, l3);
	return type == bpf_htons(ETH_P_IPV6) && for_us6(f, l3);
}
