/* Reading headers: pipeline/decap.go and inner.go for the plain cases. What is
 * not plain is left to Go, which knows all of them. */

#define MAX_VLAN 2

/* What a frame is, as far as its outer headers tell. */
enum kind {
	NOT_VXLAN,	/* Go would say the same, whatever its configuration */
	UNCLEAR,	/* Go decides */
	VXLAN,		/* sound outer headers and a VNI: frame.vxlan is set */
};

struct frame {
	void *data, *end;
	void *vxlan;		/* VXLAN header, NULL unless all in front of it is sound */
	__u32 bytes;		/* of the whole frame */
};

struct vlan {
	__be16 tci, type;
};

static __always_inline bool is_vlan(__be16 type)
{
	return type == bpf_htons(0x8100) || type == bpf_htons(0x88a8) || type == bpf_htons(0x9100);
}

/* In one piece: struct ethhdr is packed, and would be read byte by byte. */
static __always_inline __be16 ether_type(struct ethhdr *eth)
{
	return *(__be16 *)((void *)eth + offsetof(struct ethhdr, h_proto));
}

/* wire.IsExtension */
static __always_inline bool is_extension(__u8 proto)
{
	return proto == 0 || proto == 43 || proto == 44 || proto == 60;
}

static __always_inline bool is_vxlan_port(__be16 be)
{
	__u16 port = bpf_ntohs(be);

	if (port == config.vxlan_ports[0])	/* there is one at least */
		return true;
	for (int i = 1; i < MAX_VXLAN_PORTS && i < config.vxlan_port_count; i++)
		if (config.vxlan_ports[i] == port)
			return true;
	return false;
}

/* May IPv4 options ask for a route (131, 137)? Go refuses those. A byte inside
 * another option counts too: this only decides who looks at the packet. */
static __always_inline bool may_be_routed(struct frame *f, __u8 *option, __u32 len)
{
	for (__u32 i = 0; i < 40 && i < len; i++, option++)
		if ((void *)(option + 1) > f->end || *option == 131 || *option == 137)
			return true;
	return false;
}

/* Reads a UDP header. len is what the IP header leaves for it. */
static __always_inline enum kind parse_udp(struct frame *f, struct udphdr *udp, __u32 len)
{
	__u8 *vxlan = (void *)(udp + 1);
	__u32 udp_len;

	if ((void *)(udp + 1) > f->end)
		return UNCLEAR;
	if (!is_vxlan_port(udp->dest))
		return NOT_VXLAN;
	udp_len = bpf_ntohs(udp->len);
	if (udp_len < sizeof(*udp) + VXLAN_LEN || udp_len > len || len > f->end - (void *)udp)
		return UNCLEAR;
	if ((void *)(vxlan + VXLAN_LEN) > f->end || !(vxlan[0] & VXLAN_FLAG_I))
		return UNCLEAR;
	f->vxlan = vxlan;
	return VXLAN;
}

static __always_inline enum kind parse_outer4(struct frame *f, struct iphdr *ip)
{
	__u32 header, total;
	bool fragment;

	if ((void *)(ip + 1) > f->end)
		return UNCLEAR;
	header = ip->ihl * 4;
	total = bpf_ntohs(ip->tot_len);
	if (ip->version != 4 || header < sizeof(*ip) || total < header)
		return UNCLEAR;
	if (may_be_routed(f, (void *)(ip + 1), header - sizeof(*ip)))
		return UNCLEAR;
	fragment = ip->frag_off & bpf_htons(0x3fff);
	if (ip->protocol != IPPROTO_UDP)
		return fragment && is_extension(ip->protocol) ? UNCLEAR : NOT_VXLAN;
	return fragment ? UNCLEAR : parse_udp(f, (void *)ip + header, total - header);
}

static __always_inline enum kind parse_outer6(struct frame *f, struct ipv6hdr *ip)
{
	if ((void *)(ip + 1) > f->end || ip->version != 6 || is_extension(ip->nexthdr))
		return UNCLEAR;
	if (ip->nexthdr != IPPROTO_UDP)
		return NOT_VXLAN;
	return parse_udp(f, (void *)(ip + 1), bpf_ntohs(ip->payload_len));
}

/* Returns the IP header of a frame, or whatever is behind Ethernet and VLAN tags, and
 * its type; NULL if the frame ends before. */
static __always_inline void *skip_tags(struct frame *f, __be16 *type)
{
	struct ethhdr *eth = f->data;
	void *l3 = eth + 1;

	if (l3 > f->end)
		return NULL;
	*type = ether_type(eth);
	if (*type == bpf_htons(ETH_P_IP))	/* most are: no need to ask for tags */
		return l3;
	for (int i = 0; i < MAX_VLAN && is_vlan(*type); i++) {
		struct vlan *tag = l3;

		l3 = tag + 1;
		if (l3 > f->end)
			return NULL;
		*type = tag->type;
	}
	return l3;
}

static __always_inline enum kind parse_outer(struct frame *f)
{
	__be16 type;
	void *l3 = skip_tags(f, &type);

	if (!l3)
		return UNCLEAR;
	if (type == bpf_htons(ETH_P_IP))
		return parse_outer4(f, l3);
	if (type == bpf_htons(ETH_P_IPV6))
		return parse_outer6(f, l3);
	return NOT_VXLAN;
}
