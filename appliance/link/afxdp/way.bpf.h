/* Forwarding as a VTEP: packets of an offloaded flow leave in a tunnel of their own, with
 * the outer header that Go wrote for the one that it judged. What depends on the packet, its
 * lengths and marks, is made here exactly as in pipeline/rewrite.go and pipeline/overlay. */

/* Is everything where it was when Go found the way? */
static __always_inline bool holds(struct offload_way *w)
{
	return control.places[w->from % PLACES] + control.places[w->to % PLACES] == w->changes;
}

/* Does a packet fit the path? One with a VLAN tag outside, or something behind its
 * end, is Go's too. */
static __always_inline bool fits(struct frame *f, struct packet *p, struct offload_way *w)
{
	struct udphdr *udp = p->vxlan - sizeof(*udp);
	__u32 len = bpf_ntohs(udp->len);

	return p->outer == f->data + sizeof(struct ethhdr) && (void *)udp + len == f->end &&
	       len - sizeof(*udp) - VXLAN_LEN <= w->mtu;
}

/* TOS bytes of a packet as it leaves. */
struct marks {
	__u8 came, inner, outer;	/* came: the inner one until now */
};

static __always_inline __u8 tos_of(void *ip, bool v6)
{
	__u8 *b = ip;

	return v6 ? b[0] << 4 | b[1] >> 4 : b[1];
}

/* What becomes of the ECN of both headers: two bits for each inner (4 times as many bits)
 * and outer one (overlay.ecnOut, RFC 6040 figure 4). */
#define ECN_OUT 0xffe6d500u

/* overlay.Options.Remark. A packet that met congestion and cannot say so is Go's to drop. */
static __always_inline bool remark(struct packet *p, struct offload_way *w, struct marks *m)
{
	__u8 outer = tos_of(p->outer, p->outer6), ecn, *header = w->header + sizeof(struct ethhdr);

	m->came = tos_of(p->inner, p->inner6);
	if ((outer & 3) == 3 && !(m->came & 3))
		return false;
	ecn = ECN_OUT >> ((m->came & 3) * 8 + (outer & 3) * 2) & 3;
	m->inner = (w->marks & DSCP_TO_INNER ? outer & ~3 : m->came & ~3) | ecn;
	m->outer = w->marks & DSCP_OF_TUNNEL ? outer & ~3 : tos_of(header, w->marks & OUTER_IPV6);
	if (w->marks & ECN_TO_OUTER)
		m->outer |= ecn;
	return true;
}

/* Makes a frame begin as far in front of its inner one as the new outer header is long. */
static __always_inline bool make_room(struct xdp_md *ctx, struct frame *f, struct packet *p, const bool out6)
{
	int grows = (int)ip_len(out6) - (int)ip_len(p->outer6);
	bool made = !grows || !bpf_xdp_adjust_head(ctx, -grows);

	f->data = (void *)(long)ctx->data;
	f->end = (void *)(long)ctx->data_end;
	return made;
}

/* Finds the headers again. It never fails, but the verifier cannot know. */
static __always_inline bool find_headers(struct frame *f, struct packet *p, const bool out6)
{
	p->outer = f->data + sizeof(struct ethhdr);
	p->vxlan = p->outer + ip_len(out6) + sizeof(struct udphdr);
	p->inner = p->vxlan + HEAD_LEN;
	p->l4 = p->inner + ip_len(p->inner6);
	return p->l4 + (p->proto == IPPROTO_TCP ? sizeof(struct tcphdr) : sizeof(struct udphdr)) <= f->end;
}

/* Adds up a sum of 16-bit words, and complements it. */
static __always_inline __be16 checksum(__u32 sum)
{
	sum = (sum >> 16) + (sum & 0xffff);
	return bpf_htons(~((sum >> 16) + sum));
}

/* Copies a header, whose length is no multiple of 8. */
static __always_inline void copy(void *to, void *from, const int len)
{
	for (int i = 0; i + 8 <= len; i += 8)
		*(__u64 *)(to + i) = *(__u64 *)(from + i);
	if (len & 4)
		*(__u32 *)(to + (len & ~7)) = *(__u32 *)(from + (len & ~7));
	*(__u16 *)(to + len - 2) = *(__u16 *)(from + len - 2);
}

static __always_inline void set_inner(struct packet *p, struct marks *m)
{
	struct iphdr *ip = p->inner;
	__u8 *b = p->inner;

	if (m->came == m->inner)
		return;
	if (p->inner6) {
		b[0] = (b[0] & 0xf0) | m->inner >> 4;
		b[1] = (b[1] & 0x0f) | m->inner << 4;
		return;
	}
	/* wire.Update: one that was wrong stays wrong */
	ip->check = checksum((__u16)~bpf_ntohs(ip->check) + (__u16)~(0x4500 | m->came) + (0x4500 | m->inner));
	ip->tos = m->inner;
}

/* Writes the outer header of a packet whose outer UDP datagram has len bytes. */
static __always_inline void put_header(struct frame *f, struct packet *p, struct offload_way *w, struct marks *m, __u32 len, const bool out6)
{
	struct iphdr *ip = p->outer;
	struct ipv6hdr *ip6 = p->outer;
	struct udphdr *udp = p->vxlan - sizeof(*udp);
	__u8 *b = p->outer;

	copy(f->data, w->header, out6 ? HEADER6_LEN : HEADER4_LEN);
	udp->len = bpf_htons(len);
	if (out6) {
		b[0] = 0x60 | m->outer >> 4;
		b[1] = m->outer << 4;
		ip6->payload_len = udp->len;
		return;
	}
	ip->tos = m->outer;
	ip->tot_len = bpf_htons(sizeof(*ip) + len);
	ip->check = checksum(bpf_ntohs(ip->check) + m->outer + sizeof(*ip) + len);
}
