/* Reading plain packets, the only ones that may be offloaded: no options, extension
 * headers or fragments, outside or inside, no inner VLAN tag, UDP or TCP inside, all
 * lengths sound. pipeline/decap.go and inner.go accept all that is accepted here.
 *
 * Nothing is kept of a packet that is not plain, so this is little more than one
 * comparison after the other. Both IP versions take the same lines: outer6 and inner6
 * are constants wherever these functions are called. */

/* Fields of an IPv4 header that a plain packet must have, of its first 8 bytes: version and
 * length of the header, no fragment. */
#define IPV4_MASK 0xff3f0000000000ffull
#define IPV4_PLAIN 0x45ull

struct packet {
	void *outer, *vxlan, *inner, *l4;	/* headers */
	bool outer6, inner6;	/* IPv6? */
	__u32 len;		/* from the inner transport header to the end of the packet */
	__u32 entry;		/* number of the one that it belongs to, once found */
	__u8 proto;
};

static __always_inline __u32 ip_len(bool v6)
{
	return v6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
}

/* Where the addresses of an IP header are. */
static __always_inline void *addresses(void *ip, bool v6)
{
	return ip + (v6 ? offsetof(struct ipv6hdr, saddr) : offsetof(struct iphdr, saddr));
}

/* Reads a plain IP header: how long what is behind it claims to be, 0 if it is not
 * plain. */
static __always_inline __u32 parse_ip(void *ip, bool v6, __u8 *proto)
{
	struct ipv6hdr *h6 = ip;
	struct iphdr *h4 = ip;
	__u32 total;

	if (v6) {
		*proto = h6->nexthdr;
		return h6->version == 6 ? bpf_ntohs(h6->payload_len) : 0;
	}
	total = bpf_ntohs(h4->tot_len);
	if ((*(__u64 *)ip & IPV4_MASK) != IPV4_PLAIN || total < sizeof(*h4))
		return 0;
	*proto = h4->protocol;
	return total - sizeof(*h4);
}

/* Is an IPv6 address an IPv4-mapped one? Go refuses it: in a key it would pass
 * for IPv4. */
static __always_inline bool is_mapped(struct in6_addr *a)
{
	return !(a->s6_addr32[0] | a->s6_addr32[1]) && a->s6_addr32[2] == bpf_htonl(0xffff);
}

/* Reads a TCP header. Only segments in the middle of a connection are left to
 * the program: an ACK, no SYN, FIN, RST (flow.validFlags). */
static __always_inline bool plain_tcp(struct frame *f, struct packet *p)
{
	struct tcphdr *tcp = p->l4;

	return (void *)(tcp + 1) <= f->end && tcp->doff * 4 >= sizeof(*tcp) && tcp->doff * 4 <= p->len &&
	       (((__u8 *)tcp)[13] & (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK)) == TCP_ACK;
}

static __always_inline bool plain_transport(struct frame *f, struct packet *p)
{
	struct udphdr *udp = p->l4;

	if (p->proto == IPPROTO_UDP)
		return bpf_ntohs(udp->len) >= sizeof(*udp) && bpf_ntohs(udp->len) <= p->len;
	return p->proto == IPPROTO_TCP && plain_tcp(f, p);
}

/* Reads the packet inside. room is what the outer UDP header leaves for VXLAN. */
static __always_inline bool plain_inner(struct frame *f, struct packet *p, __u32 room)
{
	struct in6_addr *hosts = addresses(p->inner, p->inner6);

	p->len = parse_ip(p->inner, p->inner6, &p->proto);
	if (p->len < sizeof(struct udphdr) || p->len + HEAD_LEN + ip_len(p->inner6) > room)
		return false;
	if (p->inner6 && (is_mapped(&hosts[0]) || is_mapped(&hosts[1])))
		return false;
	return plain_transport(f, p);
}

/* Reads a frame whose outer IP header is at l3. */
static __always_inline bool plain(struct frame *f, struct packet *p, void *l3)
{
	struct udphdr *udp = l3 + ip_len(p->outer6);
	__u32 len, udp_len;
	__u8 proto;

	p->outer = l3;
	p->vxlan = udp + 1;
	p->inner = p->vxlan + HEAD_LEN;
	p->l4 = p->inner + ip_len(p->inner6);
	if (p->l4 + sizeof(struct udphdr) > f->end)
		return false;
	len = parse_ip(l3, p->outer6, &proto);
	udp_len = bpf_ntohs(udp->len);
	return proto == IPPROTO_UDP && is_vxlan_port(udp->dest) && udp_len > sizeof(*udp) && udp_len <= len &&
	       len <= f->end - (void *)udp && plain_inner(f, p, udp_len - sizeof(*udp));
}

/* The inner EtherType of a frame whose outer IP header is at l3. */
static __always_inline __be16 inner_type(struct frame *f, void *l3, bool outer6)
{
	struct ethhdr *eth = l3 + ip_len(outer6) + sizeof(struct udphdr) + VXLAN_LEN;

	return (void *)(eth + 1) <= f->end ? ether_type(eth) : 0;
}
