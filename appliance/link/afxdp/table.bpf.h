/* The offload table: which entry is that of a packet, and what Go is to know of it. */

/* How many pieces the addresses of an IP header have. */
static __always_inline int pieces(bool v6)
{
	return v6 ? ADDRESS_PIECES : 1;
}

/* One product of the hash: of two words, each with a random number added. */
static __always_inline __u64 product(__u32 a, __u32 b, int i)
{
	return (__u64)(a + config.addends[i]) * (__u32)(b + config.addends[i + 1]);
}

/* Hashes the key of a packet: a sum of products (NH, RFC 4418 section 5.2.2), which
 * nobody who does not know the numbers can make collide. The fold keeps keys in a row,
 * as source ports often are, from making a row of sums, which can crowd a few buckets.
 * table.go does the same. */
static __always_inline __u64 hash(struct packet *p)
{
	__u32 *hosts = addresses(p->inner, p->inner6);
	__u64 sum = product(*(__u32 *)p->l4, *(__u32 *)(p->vxlan + 4), 2 * ADDRESS_PIECES);

	for (int i = 0; i < pieces(p->inner6); i++)
		sum += product(hosts[2 * i], hosts[2 * i + 1], 2 * i);
	return (sum ^ sum >> 32) * config.factor;
}

/* Where a packet comes in, and over what underlay. */
static __always_inline __u8 arrival(struct packet *p)
{
	return config.port << 1 | p->outer6;
}

/* Does a packet look like the one that was judged? */
static __always_inline bool matches(struct packet *p, struct offload_entry *e)
{
	__u64 *hosts = addresses(p->inner, p->inner6), *vteps = addresses(p->outer, p->outer6), differ;
	struct udphdr *udp = p->vxlan - sizeof(*udp);

	differ = *(__u64 *)p->vxlan ^ *(__u64 *)e->head;
	differ |= *(__u64 *)(p->vxlan + 8) ^ *(__u64 *)(e->head + 8);
	differ |= *(__u64 *)(p->vxlan + HEAD_LEN - 8) ^ *(__u64 *)(e->head + HEAD_LEN - 8);
	differ |= *(__u32 *)p->l4 ^ e->ports;
	differ |= (p->proto ^ e->proto) | (arrival(p) ^ e->arrival);
	differ |= *(volatile __u64 *)&control.revision ^ *(__u64 *)&e->revision;	/* and map */
	if (config.own_count)
		differ |= udp->dest ^ e->vtep_port;
	for (int i = 0; i < pieces(p->inner6); i++)
		differ |= hosts[i] ^ e->pieces[i].hosts;
	for (int i = 0; i < pieces(p->outer6); i++)
		differ |= vteps[i] ^ e->pieces[i].vteps;
	return !differ && !(p->outer6 && !udp->check && !e->no_checksum6);
}

/* The entry of an offloaded flow that a frame belongs to, NULL if none. */
static __always_inline struct offload_entry *find(struct packet *p)
{
	__u64 h = hash(p);
	__u32 at = h >> 32 & config.buckets;
	struct offload_bucket *b = bpf_map_lookup_elem(&buckets, &at);
	struct offload_entry *e;

	if (!b)
		return NULL;
#pragma clang loop unroll(disable)
	for (int i = 0; i < BUCKET_SLOTS; i++) {
		__u32 slot = b->slots[i];

		if (slot >> ENTRY_BITS != h >> 56)
			continue;
		slot &= (1 << ENTRY_BITS) - 1;
		e = bpf_map_lookup_elem(&entries, &slot);
		if (e && matches(p, e)) {
			p->entry = slot;
			return e;
		}
	}
	return NULL;
}

/* Counts a packet of an offloaded flow. The first CPU that sees one counts by itself,
 * as nobody else writes there; others, which a flow seldom meets, share a place. */
static __always_inline void sum_up(struct offload_entry *e, struct frame *f)
{
	__u32 cpu = bpf_get_smp_processor_id() + 1;

	if (e->cpu == cpu || (!e->cpu && !__sync_val_compare_and_swap(&e->cpu, 0, cpu))) {
		e->packets++;
		e->bytes += f->bytes;
		return;
	}
	__sync_fetch_and_add(&e->more_packets, 1);
	__sync_fetch_and_add(&e->more_bytes, f->bytes);
}

/* Notes what a TCP segment says. One that is far from those before is a guess, which must
 * not move what user space will believe of the connection (flow.inWindow). Two CPUs
 * seldom do this at a time. */
static __always_inline void note_segment(struct offload_entry *e, struct packet *p)
{
	struct tcphdr *tcp = p->l4;
	__u32 seq = bpf_ntohl(tcp->seq), next = seq + p->len - tcp->doff * 4, ack = bpf_ntohl(tcp->ack_seq);

	if (seq - (e->next - e->reach) > 2 * e->reach)
		return;
	if ((__s32)(next - e->next) > 0)
		e->next = next;
	if ((__s32)(ack - e->ack) > 0)
		e->ack = ack;
	if (bpf_ntohs(tcp->window) > e->window)
		e->window = bpf_ntohs(tcp->window);
}

/* Notes a packet of an offloaded flow. */
static __always_inline void note(struct offload_entry *e, struct frame *f, struct packet *p)
{
	sum_up(e, f);
	e->last = bpf_jiffies64();
	if (p->proto == IPPROTO_TCP)
		note_segment(e, p);
}
