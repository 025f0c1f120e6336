//go:build ignore

/*
 * The XDP program of a bump in the wire: two ports, frames of one leave at the
 * other. It is loaded once for each port. A frame's life, in the order of the
 * functions below from the last one up:
 *
 *   1. not VXLAN, or not for us: relay it (or drop it)           outer.bpf.h, vtep.bpf.h
 *   2. nobody behind the socket: what is to happen on death
 *   3. of an offloaded flow: forward or drop it, as Go said      plain.bpf.h, table.bpf.h, way.bpf.h
 *   4. more than the worker can take: what is to happen on overload
 *   5. to the socket of its queue: Go decides
 *
 * Nothing is judged here that Go did not judge before. Every frame is counted
 * once. docs/xdp.md says how to look at it.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <stdbool.h>
#include <stddef.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "shared.bpf.h"
#include "maps.bpf.h"

const volatile struct config config;

#include "outer.bpf.h"
#include "vtep.bpf.h"
#include "plain.bpf.h"
#include "table.bpf.h"
#include "way.bpf.h"

#define CACHE_LINE 64

static __always_inline void count(struct tally *t, struct frame *f)
{
	t->packets++;
	t->bytes += f->bytes;
}

static __always_inline struct counters *my_counters(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&counters, &zero);
}

/* Sends a frame out of the other port. If that is gone or down, the kernel
 * loses it. Those of a VTEP or a tap go to the kernel instead. */
static __always_inline int send(void)
{
	if (config.to_kernel)
		return XDP_PASS;
	return bpf_redirect_map(&ports, config.peer, XDP_DROP);
}

/* Relays or drops a frame that Go has not seen, for a reason. */
static __always_inline int settle(struct frame *f, __u8 action, __u8 reason)
{
	struct counters *c = my_counters();

	if (!c || reason >= MAX_REASONS)
		return XDP_ABORTED;
	if (action != RELAY) {
		count(&c->dropped[reason], f);
		return XDP_DROP;
	}
	count(&c->relayed[reason], f);
	return send();
}

/* Does what is to happen while no process, or a hung one, is behind. */
static __always_inline int abandon(struct frame *f)
{
	__u32 vni, *special = NULL;

	if (f->vxlan) {
		vni = bpf_ntohl(*(__be32 *)(f->vxlan + 4)) >> 8;
		special = bpf_map_lookup_elem(&on_death, &vni);
	}
	return settle(f, special ? *special : config.on_death, config.reason_down);
}

static __always_inline int to_socket(struct frame *f, volatile struct queue *q, __u32 slot)
{
	struct counters *c = my_counters();

	/* Signed: for a moment user space may have taken more than is counted here. */
	if ((__s64)(q->redirected - q->taken) >= (__s64)config.backlog)
		return settle(f, config.overload, config.reason_overload);
	if (!c || bpf_redirect_map(&sockets, slot, XDP_DROP) != XDP_REDIRECT)
		return abandon(f);
	__sync_fetch_and_add(&q->redirected, 1);	/* generic XDP may run on two CPUs */
	count(&c->to_socket, f);
	return XDP_REDIRECT;
}

/* Is there a worker at the other end of the queue's socket? */
static __always_inline bool somebody(volatile struct queue *q, __u32 slot)
{
	return !control.down && (__s64)(q->until - bpf_jiffies64()) >= 0 && bpf_map_lookup_elem(&sockets, &slot);
}

#define NOT_OFFLOADED -1

/* Sends a packet of an offloaded flow on its way in a tunnel of its own. */
static __always_inline int leave(struct xdp_md *ctx, struct frame *f, struct packet *p, struct offload_entry *e, struct offload_way *w, const bool out6)
{
	__u32 len = bpf_ntohs(((struct udphdr *)p->vxlan - 1)->len);
	struct counters *c = my_counters();
	struct marks m;

	if (!c || !remark(p, w, &m) || !make_room(ctx, f, p, out6))
		return NOT_OFFLOADED;
	if (!find_headers(f, p, out6))
		return XDP_ABORTED;
	note(e, f, p);
	count(&c->forwarded, f);
	set_inner(p, &m);
	put_header(f, p, w, &m, len, out6);
	return w->out == config.port ? XDP_TX : bpf_redirect_map(&ports, w->out, XDP_DROP);
}

/* Forwards a packet of an offloaded flow as a VTEP, if its way is what it was. */
static __always_inline int handle_way(struct xdp_md *ctx, struct frame *f, struct packet *p, struct offload_entry *e)
{
	__u32 at = p->entry;	/* or clang would keep all of p in memory */
	struct offload_way *w = bpf_map_lookup_elem(&ways, &at);

	if (!w || !holds(w) || !fits(f, p, w))
		return NOT_OFFLOADED;
	return w->marks & OUTER_IPV6 ? leave(ctx, f, p, e, w, true) : leave(ctx, f, p, e, w, false);
}

/* Does with a packet of an offloaded flow what Go said. */
static __always_inline int handle(struct frame *f, struct packet *p, struct offload_entry *e)
{
	struct counters *c = my_counters();

	if (!c)
		return XDP_ABORTED;
	note(e, f, p);
	if (e->action != RELAY) {
		count(&c->dropped[e->reason % MAX_REASONS], f);
		return XDP_DROP;
	}
	count(&c->forwarded, f);
	return send();
}

/* Does with a frame what Go said of its flow, if it is a plain one of an offloaded flow. */
static __always_inline int try(struct xdp_md *ctx, struct frame *f, void *l3, __u32 slot, const bool outer6, const bool inner6)
{
	struct packet p = { .outer6 = outer6, .inner6 = inner6 };
	struct offload_entry *e;

	if (!plain(f, &p, l3) || !(e = find(&p)) || !somebody(&control.queues[slot], slot))
		return NOT_OFFLOADED;
	if (config.own_count && e->action == RELAY)
		return handle_way(ctx, f, &p, e);
	return handle(f, &p, e);
}

/* Has the second cache line of a frame on its way here while the first is still
 * awaited: to wait for one after the other costs more than all the rest. */
static __always_inline void fetch(struct frame *f)
{
	volatile __u8 *second = f->data + CACHE_LINE;

	if ((void *)(second + 1) <= f->end)
		(void)*second;
}

/* Tries what its types may stand for. The inner type is compared later, with the entry. */
static __always_inline int try_all(struct xdp_md *ctx, struct frame *f, __u32 slot)
{
	__be16 type;
	void *l3 = skip_tags(f, &type);

	if (!l3)
		return NOT_OFFLOADED;
	if (type == bpf_htons(ETH_P_IP))
		return inner_type(f, l3, false) == bpf_htons(ETH_P_IP) ? try(ctx, f, l3, slot, false, false) : try(ctx, f, l3, slot, false, true);
	if (type == bpf_htons(ETH_P_IPV6))
		return inner_type(f, l3, true) == bpf_htons(ETH_P_IP) ? try(ctx, f, l3, slot, true, false) : try(ctx, f, l3, slot, true, true);
	return NOT_OFFLOADED;
}

SEC("xdp")
int vxwall_wire(struct xdp_md *ctx)
{
	struct frame f = { (void *)(long)ctx->data, (void *)(long)ctx->data_end };
	__u32 slot = config.port * MAX_QUEUES + ctx->rx_queue_index;
	bool known = ctx->rx_queue_index < MAX_QUEUES && slot < PORTS * MAX_QUEUES;
	int done;

	f.bytes = f.end - f.data;
	fetch(&f);
	if (known && config.offload && (done = try_all(ctx, &f, slot)) != NOT_OFFLOADED)
		return done;
	if ((config.to_kernel && !for_us(&f)) || parse_outer(&f) == NOT_VXLAN)
		return settle(&f, config.not_vxlan, config.reason_not_vxlan);
	barrier_var(f.vxlan);	/* or clang tests something else, and the verifier loses track */
	if (!known || !somebody(&control.queues[slot], slot))
		return abandon(&f);
	return to_socket(&f, &control.queues[slot], slot);
}

char LICENSE[] SEC("license") = "Apache-2.0";
