/* Reading what VXLAN carries, for the plain cases that may be offloaded:
 * pipeline/inner.go without VLAN, options, extensions, fragments. */

/* What the TCP header of a segment says. */
struct segment {
	__u32 seq, next, ack;	/* sequence number, the one after it, acknowledgement */
	__u16 window;
};

/* Is an IPv6 address an IPv4-mapped one? Go refuses it: in a key it would pass
 * for IPv4. */
static __always_inline bool is_mapped(struct in6_addr *a)
{
	return !(a->s6_addr32[0] | a->s6_addr32[1]) && a->s6_addr32[2] == bpf_htonl(0xffff);
}

static __always_inline void map4(__u8 *to, __be32 address)
{
	__u32 *words = (__u32 *)to;

	words[0] = words[1] = 0;
	words[2] = bpf_htonl(0xffff);
	words[3] = address;
}

static __always_inline void copy6(__u8 *to, struct in6_addr *address)
{
	__builtin_memcpy(to, address->s6_addr32, sizeof(*address));
}

/* Reads a TCP header. Only segments in the middle of a connection are left to
 * the program: an ACK, no SYN, FIN, RST (flow.validFlags). */
static __always_inline bool parse_tcp(struct frame *f, struct tcphdr *tcp, __u32 len, struct segment *s)
{
	__u32 header;

	if ((void *)(tcp + 1) > f->end)
		return false;
	header = tcp->doff * 4;
	if (header < sizeof(*tcp) || header > len)
		return false;
	if ((((__u8 *)tcp)[13] & (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK)) != TCP_ACK)
		return false;
	s->seq = bpf_ntohl(tcp->seq);
	s->next = s->seq + len - header;
	s->ack = bpf_ntohl(tcp->ack_seq);
	s->window = bpf_ntohs(tcp->window);
	return true;
}

/* Reads a transport header. len is what the IP header leaves for it. */
static __always_inline bool parse_transport(struct frame *f, void *l4, __u32 len, struct offload_key *k, struct segment *s)
{
	struct udphdr *udp = l4;

	if (l4 + sizeof(*udp) > f->end || len < sizeof(*udp))
		return false;
	k->src_port = udp->source;
	k->dst_port = udp->dest;
	if (k->proto == IPPROTO_UDP)
		return bpf_ntohs(udp->len) >= sizeof(*udp) && bpf_ntohs(udp->len) <= len;
	return k->proto == IPPROTO_TCP && parse_tcp(f, l4, len, s);
}

static __always_inline bool parse_inner4(struct frame *f, struct iphdr *ip, __u32 room, struct offload_key *k, struct segment *s)
{
	__u32 total;

	if ((void *)(ip + 1) > f->end || *(__u8 *)ip != 0x45)
		return false;
	total = bpf_ntohs(ip->tot_len);
	if (total < sizeof(*ip) || total > room || ip->frag_off & bpf_htons(0x3fff))
		return false;
	k->proto = ip->protocol;
	map4(k->src, ip->saddr);
	map4(k->dst, ip->daddr);
	return parse_transport(f, ip + 1, total - sizeof(*ip), k, s);
}

static __always_inline bool parse_inner6(struct frame *f, struct ipv6hdr *ip, __u32 room, struct offload_key *k, struct segment *s)
{
	__u32 len;

	if ((void *)(ip + 1) > f->end || ip->version != 6)
		return false;
	len = bpf_ntohs(ip->payload_len);
	if (sizeof(*ip) + len > room || is_mapped(&ip->saddr) || is_mapped(&ip->daddr))
		return false;
	k->proto = ip->nexthdr;
	copy6(k->src, &ip->saddr);
	copy6(k->dst, &ip->daddr);
	return parse_transport(f, ip + 1, len, k, s);
}

/* Sets the key of a frame that may be offloaded, and the segment if it is TCP. */
static __always_inline bool parse_inner(struct frame *f, struct offload_key *k, struct segment *s)
{
	struct ethhdr *eth = f->vxlan + VXLAN_LEN;
	__u32 room = f->room - VXLAN_LEN - sizeof(*eth);

	if ((void *)(eth + 1) > f->end || f->room < VXLAN_LEN + sizeof(*eth))
		return false;
	k->vni = bpf_ntohl(*(__be32 *)(f->vxlan + 4)) >> 8;
	if (eth->h_proto == bpf_htons(ETH_P_IP))
		return parse_inner4(f, (void *)(eth + 1), room, k, s);
	if (eth->h_proto == bpf_htons(ETH_P_IPV6))
		return parse_inner6(f, (void *)(eth + 1), room, k, s);
	return false;
}
